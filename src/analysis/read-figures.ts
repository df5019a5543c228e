import type { MeasurementSamples, RequestField } from '../run/record.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import type { RequestOrder } from '../run/sample-parts.js'
import { checkAnswers, mixedUpBefore } from './answer-check.js'
import { measuredBatches } from './batch-sizes.js'
import { summariseCameras } from './camera-table.js'
import { Distribution } from './distribution.js'
import { startReadingAgain } from './read-missing.js'
import { explainFailures, failuresInSamples, framesRefusedUnderLoad } from './failures.js'
import type { Fold, PartReader } from './fold.js'
import { countFrames } from './frame-counts.js'
import { judgedLagMs, openGeneratorLags } from './generator-lag.js'
import { fillWaits, frameLatencies, measuredLags, requestLatencies } from './latencies.js'
import { samplesWithoutLateness } from './lateness.js'
import { computeQuantileCurve, countInBins } from './latency-distribution.js'
import { computeQuantile, summariseLatencies, toMs } from './percentile.js'
import { serverCounts } from './server-counts.js'
import { sumNetworkTimes } from './network-share.js'
import { addKept } from './pooled-samples.js'
import type { SampleFigures, SampleReading } from './sample-figures.js'
import { measureStability } from './stability.js'
import { findStageBounds, splitStages, type StageSplit, type StageSplitter } from './stage-times.js'
import { computeTimeSeries } from './time-series.js'
import { type countAnswers, foldAnswers } from './throughput.js'
import { openTiming } from './timing-figures.js'

/** By which the requests of a measurement are read. */
export function orderOf({ point }: Pick<MeasurementInput, 'point'>): RequestOrder {
  return point.load.kind === 'cameras' ? 'sentUs' : 'answeredUs'
}

/** What is read of requests in each reading. Other fields would cost time. */
const fieldsOfLatency: readonly RequestField[] = ['phase', 'outcome']
const fieldsOfLag: readonly RequestField[] = ['client', 'connectUs']
const fieldsOfFigures: readonly RequestField[] = [
  ...fieldsOfLatency,
  ...(['status', 'bodyBytes', 'answerDeviation'] as const),
]

interface FiguresWanted {
  /** What answers there are, if that is known. */
  known?: ReturnType<typeof countAnswers> | undefined
  /** Values of one distribution that are kept; see `Distribution`. */
  mostKept?: number | undefined
}

/**
 * Computes the figures while the samples are read part by part: once for what answers there are, once for all figures, and
 * again for order statistics of more values than are kept, and for figures that depend on others. Yields what takes all
 * parts next, in the order of `orderOf`.
 */
export function* readFigures(
  input: Omit<MeasurementInput, 'samples'>,
  { known, mostKept }: FiguresWanted = {},
): Generator<PartReader, SampleReading> {
  const { point, record, batches, answerTolerance } = input
  const { load, measure, batching } = point
  const isCamera = load.kind === 'cameras'
  const firstAnswers = foldAnswers(record)
  if (known === undefined) yield { add: firstAnswers.add, fields: [] }
  const { inWindow, lastUs } = known ?? firstAnswers.result()
  const question = { point, record, answerTolerance, answeredInWindow: inWindow, mostKept }
  const timing = openTiming(question)
  // Closed load has no schedule: latency begins when a request is sent, so its own lateness changes no figure.
  let punctual = isCamera ? openTiming(question) : undefined
  const counts = countFrames()
  const failures = failuresInSamples()
  const answers = checkAnswers(answerTolerance, mixedUpBefore(point, record.answerReference))
  const inBatches = batches && measuredBatches(batches)
  const counted = serverCounts(record.observations ?? {})
  const bodyBytes = meanBodyBytes()
  const isOfFleet = record.agents !== undefined
  const networkTimes = sumNetworkTimes(isOfFleet ? batches : undefined)
  const cameras = summariseCameras(isCamera ? load.cameras : 1, mostKept)
  const series = computeTimeSeries(lastUs, mostKept)
  const requestLatenciesUs = new Distribution({ mostKept })
  const fillWaitsUs = new Distribution({ mostKept })
  const generatorLagsUs = new Distribution({ mostKept })
  const histogram = countInBins()
  const shownLatencies = isCamera ? frameLatencies : requestLatencies
  let stages: StageSplitter | undefined
  // Cameras are counted in the window itself, a closed load in an interval that is known after the first reading.
  let stability =
    isCamera && measure.passes === undefined ? measureStability(timing.throughput(), point) : undefined

  const noLags = new Float64Array(0)
  function reader(
    take: (part: MeasurementSamples, lagsUs: Float64Array) => void,
    fields: readonly RequestField[],
    withLags = true,
  ): PartReader {
    const lags = openGeneratorLags({ load, framesPerRequest: batching.framesPerRequest })
    return {
      add: (part) => take(part, withLags ? lags.add(part) : noLags),
      fields: withLags ? [...fields, ...fieldsOfLag] : fields,
    }
  }

  let isLate = false
  const all = [counts, failures, answers, counted, bodyBytes, cameras, series, timing]
  const folds = isOfFleet ? [...all, networkTimes] : all
  yield reader((part, lagsUs) => {
    for (const fold of folds) fold.add(part)
    inBatches?.add(part)
    stability?.add(part)
    requestLatenciesUs.addEach(requestLatencies(part))
    fillWaitsUs.addEach(fillWaits(part))
    histogram.addEach(shownLatencies(part))
    generatorLagsUs.addEach(measuredLags(part, lagsUs))
    const withoutLateness = punctual && samplesWithoutLateness(part, lagsUs)
    punctual?.add(withoutLateness ?? part)
    isLate ||= withoutLateness !== undefined
  }, fieldsOfFigures)
  if (!isLate) punctual = undefined
  const batchSizes = inBatches?.result()

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
      batchSizes,
      serverCounts: counted.result(),
      networkTimes: isOfFleet ? networkTimes.result() : undefined,
      cameras: cameras.result(),
      timeSeries: series.result(),
    }
  }

  for (;;) {
    const figures = compute()
    const later: Pick<Fold<unknown>, 'add'>[] = []
    if (stability === undefined && measure.passes === undefined) {
      stability = measureStability(figures.counted, point)
      later.push(stability)
    }
    const bounds = findStageBounds(timing.frameLatenciesUs, figures.timing.frameLatency ?? {})
    const openStages = () => {
      stages = bounds && splitStages(bounds, { batches, startedClockUs: record.startedClockUs }, mostKept)
      if (stages !== undefined) later.push(stages)
    }
    // While the order statistics that bound them are found.
    if (stages === undefined) openStages()
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
    let stageTimes: StageSplit | undefined
    if (later.length === 0 && !isMissing(distributions) && bounds !== undefined) {
      stageTimes = stages?.result(bounds)
      // Too many frames were close to a bound.
      if (stageTimes === undefined) openStages()
    }
    if (later.length > 0 || isMissing(distributions)) {
      const addAgain = (part: MeasurementSamples, lagsUs: Float64Array) => {
        for (const fold of later) fold.add(part)
        timing.addAgain(part)
        if (needsCameras) cameras.addAgain(part)
        if (needsSeries) series.addAgain(part)
        if (requestLatenciesUs.isMissing) requestLatenciesUs.again.addEach(requestLatencies(part))
        if (fillWaitsUs.isMissing) fillWaitsUs.again.addEach(fillWaits(part))
        if (!needsLags) return
        generatorLagsUs.again.addEach(measuredLags(part, lagsUs))
        if (isMissing(ofPunctual)) punctual?.addAgain(samplesWithoutLateness(part, lagsUs) ?? part)
      }
      const missing = startReadingAgain(distributions)
      yield reader(addAgain, fieldsOfLatency, needsLags)
      for (const one of missing) one.endReading()
      continue
    }
    const pooled = {
      requestLatenciesUs,
      frameLatenciesUs: timing.frameLatenciesUs,
      frameLatenciesWithoutLatenessUs: punctual?.frameLatenciesUs,
      latencyHistogram: histogram.result(),
    }
    return {
      figures: { ...figures, stages: stageTimes },
      pooled: {
        ...pooled,
        ...(addKept(pooled) ?? {
          isKept: false,
          addAgain: (to) =>
            reader((part, lagsUs) => {
              to.requests.addEach(requestLatencies(part))
              to.frames.addEach(frameLatencies(part))
              if (to.framesWithoutLateness === undefined) return
              const withoutLateness = samplesWithoutLateness(part, lagsUs) ?? part
              to.framesWithoutLateness.addEach(frameLatencies(withoutLateness))
            }, fieldsOfLatency),
        }),
      },
    }
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
