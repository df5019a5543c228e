import type { MeasurementInput } from '../run/read-measurement.js'
import type { MeasurementSamples } from '../run/record.js'
import { partsOf } from '../run/sample-parts.js'
import { checkAnswers, mixedUpBefore, type AnswerCheck } from './answer-check.js'
import { measuredBatches, summariseBatches, type BatchSizes } from './batch-sizes.js'
import { summariseCameras, type CameraRow } from './camera-table.js'
import { type Ascending, Distribution, readMissing } from './distribution.js'
import {
  explainFailures,
  failuresInSamples,
  framesRefusedUnderLoad,
  type ExplainedFailure,
} from './failures.js'
import type { Fold } from './fold.js'
import { countFrames, type FrameCounts } from './frame-counts.js'
import { addMeasuredLags, judgedLagMs, openGeneratorLags } from './generator-lag.js'
import { addFillWaits, addFrameLatencies, addRequestLatencies } from './latencies.js'
import { samplesWithoutLateness } from './lateness.js'
import {
  computeQuantileCurve,
  countInBins,
  type Histogram,
  type QuantilePoint,
} from './latency-distribution.js'
import { computeQuantile, summariseLatencies, toMs, type LatencySummary } from './percentile.js'
import { serverCounts, type ServerCounts } from './server-counts.js'
import { measureStability, type Stability } from './stability.js'
import { findStageBounds, splitStages, type StageSplit } from './stage-times.js'
import { computeTimeSeries, type TimeSlice } from './time-series.js'
import { countAnswers, type Throughput } from './throughput.js'
import { openTiming, type TimingFigures } from './timing-figures.js'

/** What the samples of a measurement say. */
export interface SampleFigures {
  counts: FrameCounts
  failures: ExplainedFailure[]
  timing: TimingFigures
  /** Camera load: with each request's own lateness taken away. Absent if no request was late. */
  timingWithoutLateness?: TimingFigures | undefined
  /** The interval in which frames were counted. */
  counted: Pick<Throughput, 'fromUs' | 'toUs'>
  requestLatency: LatencySummary
  /** Of frame latency or, under closed load, of request latency. */
  latencyP50Ms?: number | undefined
  fillWaitP50Ms?: number | undefined
  fillWaitP99Ms?: number | undefined
  generatorLagP99Ms?: number | undefined
  /** Of the requests of the measured phase. */
  generatorLagsUs: Ascending
  /** Of frame latency or, under closed load, of request latency. */
  latencyCurve: QuantilePoint[]
  bodyBytesMean?: number | undefined
  answers?: AnswerCheck | undefined
  stability?: Stability | undefined
  batchSizes?: BatchSizes | undefined
  serverCounts?: ServerCounts | undefined
  cameras: CameraRow[]
  timeSeries: TimeSlice[]
  stages?: StageSplit | undefined
}

/** What is pooled over the repetitions of a point, µs. */
export interface PooledSamples {
  requestLatenciesUs: Distribution
  frameLatenciesUs: Distribution
  /** With each request's own lateness taken away; absent if no request was late. */
  frameLatenciesWithoutLatenessUs?: Distribution | undefined
  /** Of frame latency or, under closed load, of request latency. */
  latencyHistogram?: Histogram | undefined
  /** Adds the latencies to these, once more. */
  addAgain: (to: LatencyValues) => void
}

interface LatencyValues {
  requests: Distribution['again']
  frames: Distribution['again']
  framesWithoutLateness?: Distribution['again'] | undefined
}

/**
 * Computes the figures while the samples are read part by part: once for what answers there are, once for all figures, and
 * again for order statistics of more values than are kept, and for figures that depend on others.
 */
export function readFigures(input: MeasurementInput): { figures: SampleFigures; pooled: PooledSamples } {
  const { point, record, samples, batches = [], answerTolerance } = input
  const { load, measure, batching } = point
  const isCamera = load.kind === 'cameras'
  const order = isCamera ? 'sentUs' : 'answeredUs'
  const { inWindow, lastUs } = countAnswers(samples, record)
  const question = { point, record, answerTolerance, answeredInWindow: inWindow }
  const timing = openTiming(question)
  // Closed load has no schedule: latency begins when a request is sent, so its own lateness changes no figure.
  let punctual = isCamera ? openTiming(question) : undefined
  const counts = countFrames()
  const failures = failuresInSamples()
  const answers = checkAnswers(answerTolerance, mixedUpBefore(point, record.answerReference))
  const inBatches = measuredBatches(batches)
  const counted = serverCounts(record.observations ?? {})
  const bodyBytes = meanBodyBytes()
  const cameras = summariseCameras(isCamera ? load.cameras : 1)
  const series = computeTimeSeries(lastUs)
  const requestLatenciesUs = new Distribution()
  const fillWaitsUs = new Distribution()
  const generatorLagsUs = new Distribution()
  const histogram = countInBins()
  const addShown = isCamera ? addFrameLatencies : addRequestLatencies
  let stages: Fold<StageSplit> | undefined
  // Cameras are counted in the window itself, a closed load in an interval that is known after the first reading.
  let stability =
    isCamera && measure.passes === undefined ? measureStability(timing.throughput(), point) : undefined

  const noLags = new Float64Array(0)
  function read(take: (part: MeasurementSamples, lagsUs: Float64Array) => void, withLags = true): void {
    const lags = openGeneratorLags({ load, framesPerRequest: batching.framesPerRequest })
    for (const part of partsOf(samples, order)) take(part, withLags ? lags.add(part) : noLags)
  }

  let isLate = false
  const folds = [counts, failures, answers, inBatches, counted, bodyBytes, cameras, series, timing]
  read((part, lagsUs) => {
    for (const fold of folds) fold.add(part)
    stability?.add(part)
    addRequestLatencies(part, requestLatenciesUs)
    addFillWaits(part, fillWaitsUs)
    addShown(part, histogram)
    addMeasuredLags(part, lagsUs, generatorLagsUs)
    const withoutLateness = punctual && samplesWithoutLateness(part, lagsUs)
    punctual?.add(withoutLateness ?? part)
    isLate ||= withoutLateness !== undefined
  })
  if (!isLate) punctual = undefined

  function compute(): SampleFigures {
    // The check of it needs this order statistic too.
    judgedLagMs(generatorLagsUs)
    const allCounts = counts.result()
    const explained = explainFailures(record.failures ?? failures.result(), { counts: allCounts, point })
    const others = {
      counts: allCounts,
      framesRefusedUnderLoad: framesRefusedUnderLoad(explained),
      requestsOk: requestLatenciesUs.length,
    }
    const shownUs = isCamera ? timing.frameLatenciesUs : requestLatenciesUs
    return {
      counts: allCounts,
      failures: explained,
      timing: timing.figures(others),
      timingWithoutLateness: punctual?.figures(others),
      counted: timing.throughput(),
      requestLatency: summariseLatencies(requestLatenciesUs),
      latencyP50Ms: toMs(computeQuantile(shownUs, 0.5)),
      latencyCurve: computeQuantileCurve(shownUs, Math.min(requestLatenciesUs.length, shownUs.length)),
      fillWaitP50Ms: toMs(computeQuantile(fillWaitsUs, 0.5)),
      fillWaitP99Ms: toMs(computeQuantile(fillWaitsUs, 0.99)),
      generatorLagP99Ms: toMs(computeQuantile(generatorLagsUs, 0.99)),
      generatorLagsUs,
      bodyBytesMean: bodyBytes.result(),
      answers: answers.result(),
      stability: stability?.result(),
      batchSizes: summariseBatches(inBatches.result()),
      serverCounts: counted.result(),
      cameras: cameras.result(),
      timeSeries: series.result(),
      stages: stages?.result(),
    }
  }

  for (;;) {
    const figures = compute()
    const later: Fold<unknown>[] = []
    if (stability === undefined && measure.passes === undefined) {
      stability = measureStability(figures.counted, point)
      later.push(stability)
    }
    const bounds = findStageBounds(timing.frameLatenciesUs, figures.timing.frameLatency ?? {})
    if (stages === undefined && bounds !== undefined && !timing.frameLatenciesUs.isMissing) {
      stages = splitStages(bounds, { batches, startedClockUs: record.startedClockUs })
      later.push(stages)
    }
    const isMissing = (some: Iterable<Distribution>) => [...some].some((one) => one.isMissing)
    const needsCameras = isMissing(cameras.latencies())
    const needsSeries = isMissing(series.latencies())
    const ofPunctual = punctual === undefined ? [] : [punctual.frameLatenciesUs, punctual.sendLagsUs]
    const needsLags = isMissing([generatorLagsUs, ...ofPunctual])
    const distributions = [
      ...[timing.frameLatenciesUs, timing.sendLagsUs, requestLatenciesUs, fillWaitsUs, generatorLagsUs],
      ...ofPunctual,
      ...cameras.latencies(),
      ...series.latencies(),
    ]
    if (later.length > 0 || isMissing(distributions)) {
      const addAgain = (part: MeasurementSamples, lagsUs: Float64Array) => {
        for (const fold of later) fold.add(part)
        timing.addAgain(part)
        if (needsCameras) cameras.addAgain(part)
        if (needsSeries) series.addAgain(part)
        if (requestLatenciesUs.isMissing) addRequestLatencies(part, requestLatenciesUs.again)
        if (fillWaitsUs.isMissing) addFillWaits(part, fillWaitsUs.again)
        if (!needsLags) return
        addMeasuredLags(part, lagsUs, generatorLagsUs.again)
        if (isMissing(ofPunctual)) punctual?.addAgain(samplesWithoutLateness(part, lagsUs) ?? part)
      }
      readMissing(distributions, () => read(addAgain, needsLags))
      continue
    }
    const pooled = {
      requestLatenciesUs,
      frameLatenciesUs: timing.frameLatenciesUs,
      frameLatenciesWithoutLatenessUs: punctual?.frameLatenciesUs,
      latencyHistogram: histogram.result(),
    }
    return {
      figures,
      pooled: {
        ...pooled,
        addAgain:
          addKept(pooled) ??
          ((to) =>
            read((part, lagsUs) => {
              addRequestLatencies(part, to.requests)
              addFrameLatencies(part, to.frames)
              if (to.framesWithoutLateness === undefined) return
              addFrameLatencies(samplesWithoutLateness(part, lagsUs) ?? part, to.framesWithoutLateness)
            })),
      },
    }
  }
}

/** Adds the latencies from memory, so that the samples need not be kept; undefined if they are too many. */
function addKept({
  requestLatenciesUs,
  frameLatenciesUs,
  frameLatenciesWithoutLatenessUs,
}: Omit<PooledSamples, 'addAgain'>): PooledSamples['addAgain'] | undefined {
  const requests = requestLatenciesUs.sorted()
  const frames = frameLatenciesUs.sorted()
  const withoutLateness = (frameLatenciesWithoutLatenessUs ?? frameLatenciesUs).sorted()
  if (requests === undefined || frames === undefined || withoutLateness === undefined) return undefined
  return (to) => {
    for (const us of requests) to.requests.add(us)
    for (const us of frames) to.frames.add(us)
    for (const us of withoutLateness) to.framesWithoutLateness?.add(us)
  }
}

function meanBodyBytes(): Fold<number | undefined> {
  let [count, bytes] = [0, 0]
  return {
    add({ requests }) {
      count += requests.count
      for (let row = 0; row < requests.count; row++) bytes += requests.bodyBytes[row]!
    },
    result: () => (count === 0 ? undefined : bytes / count),
  }
}
