import type { MachineSample } from '../system/machine/sample-machine.js'
import type { MeasurementObservations, ServerIdentity } from '../run/manifest.js'
import {
  explainFailures,
  failuresInSamples,
  framesRefusedUnderLoad,
  type ExplainedFailure,
} from './failures.js'
import { summariseCameras, type CameraRow } from './camera-table.js'
import { checkAnswers, mixedUpBefore, type AnswerCheck } from './answer-check.js'
import type { Evidence } from './check.js'
import { measuredBatches, summariseBatches, type BatchSizes } from './batch-sizes.js'
import { serverCounts, type ServerCounts } from './server-counts.js'
import {
  checkMeasurement,
  judgeValidity,
  listFindings,
  type CheckResult,
  type Finding,
  type Validity,
} from './check-measurement.js'
import { countFrames, type FrameCounts } from './frame-counts.js'
import { generatorLags, type GeneratorLags } from './generator-lag.js'
import { decideTwice, samplesWithoutLateness } from './lateness.js'
import { fillWaits, requestLatencies } from './latencies.js'
import { computeQuantile, summariseLatencies, toMs, type LatencySummary } from './percentile.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import type { MeasurementSamples } from '../run/record.js'
import { measureStability } from './stability.js'
import { splitStages, type StageSplit } from './stage-times.js'
import { computeTimeSeries, type TimeSlice } from './time-series.js'
import { measureTiming, type Timing, type TimingFigures, type TimingQuestion } from './timing-figures.js'

/** One measurement in figures: plain data, times in ms. Absent means not applicable or too few samples. */
export interface MeasurementSummary extends TimingFigures {
  point: number
  repetition: number
  server?: ServerIdentity | undefined
  startedAt: string
  complete: boolean
  /** The measured window, s since the measurement's start. */
  windowFromS: number
  windowToS: number
  /** Time over which frames were counted. */
  durationS: number
  counts: FrameCounts
  /** Failed requests by cause, those of most frames first. */
  failures: ExplainedFailure[]
  /** Camera load: frames per second of the schedule. */
  offeredFps?: number | undefined
  requestLatency: LatencySummary
  fillWaitP50Ms?: number | undefined
  fillWaitP99Ms?: number | undefined
  generatorLagP99Ms?: number | undefined
  bodyBytesMean?: number | undefined
  batchFormedMean?: number | undefined
  /** Absent if the server does not report its batches. */
  batchSizes?: BatchSizes | undefined
  /** Absent if the server's metrics could not be read. */
  serverCounts?: ServerCounts | undefined
  loadCpuShare?: number | undefined
  crossCheckFps?: number | undefined
  answers?: AnswerCheck | undefined
  observations: MeasurementObservations
  /** Second by second; absent if the machine was not sampled. */
  machine: MachineSample[]
  /** Camera load: these figures with each request's own lateness taken away. Absent if no request was late. */
  withoutLateness?: TimingFigures | undefined
  validity: Validity
  findings: Finding[]
  /** Every check that could be performed, passed or not. */
  checks: CheckResult[]
  cameras: CameraRow[]
  timeSeries: TimeSlice[]
  stages?: StageSplit | undefined
}

/** What is pooled over the repetitions of a point: ascending µs. */
export interface PooledSamples {
  requestLatenciesUs: Float64Array
  frameLatenciesUs: Float64Array
  /** With each request's own lateness taken away; absent if no request was late. */
  frameLatenciesWithoutLatenessUs?: Float64Array | undefined
}

/** Reduces one measurement to its figures. */
export function summariseMeasurement(input: MeasurementInput): {
  summary: MeasurementSummary
  pooled: PooledSamples
} {
  const { point, record, samples, batches, answerTolerance } = input
  const { requests, frames } = samples
  const { load, measure, batching } = point
  const counts = countFrames(samples)
  const failures = explainFailures(record.failures ?? failuresInSamples(samples), { counts, point })
  const isCamera = load.kind === 'cameras'
  const requestLatenciesUs = requestLatencies(requests)
  const question: TimingQuestion = {
    point,
    record,
    answerTolerance,
    counts,
    framesRefusedUnderLoad: framesRefusedUnderLoad(failures),
    requestsOk: requestLatenciesUs.length,
  }
  const { figures, throughput, frameLatenciesUs } = measureTiming(samples, question)
  const lags = generatorLags(samples, { load, framesPerRequest: batching.framesPerRequest })
  // Closed load has no schedule: latency begins when a request is sent, so its own lateness changes no figure.
  const withoutLateness = isCamera ? timingWithoutLateness(samples, lags, question) : undefined
  const answers = checkAnswers(requests, answerTolerance, mixedUpBefore(point, record.answerReference))
  const stability = measure.passes === undefined ? measureStability(samples, throughput, point) : undefined
  const batchSizes = summariseBatches(measuredBatches(batches ?? [], requests))
  const formed = batchSizes?.framesMean
  const counted = serverCounts(record.observations ?? {}, requests)
  const fillUs = isCamera ? fillWaits(samples) : undefined
  const evidence: Evidence = {
    point,
    counts,
    failures,
    complete: record.complete,
    generatorLagsUs: lags.measuredUs,
    latencyP50Ms: toMs(computeQuantile(isCamera ? frameLatenciesUs : requestLatenciesUs, 0.5)),
    outcome: isCamera
      ? decideTwice(
          { measured: figures, without: withoutLateness?.figures },
          ({ outcome }) => outcome,
          (outcome) => outcome,
        )
      : undefined,
    fps: figures.fps,
    observations: record.observations ?? {},
    loadCpuShare: record.loadCpuShare,
    answers,
    stability,
    batchFormedMean: formed,
    answeredWithoutBatch: input.answeredWithoutBatch,
    fromOthers: counted?.fromOthers,
    crossCheckFps: record.crossCheckFps,
  }
  const checks = checkMeasurement(evidence)
  const findings = listFindings(checks, evidence, record.notes)
  const summary: MeasurementSummary = {
    point: record.point,
    repetition: record.repetition,
    server: record.server,
    startedAt: record.startedAt,
    complete: record.complete,
    windowFromS: record.windowStartUs / 1e6,
    windowToS: record.windowEndUs / 1e6,
    durationS: (throughput.toUs - throughput.fromUs) / 1e6,
    counts,
    failures,
    ...figures,
    offeredFps: isCamera ? load.cameras * load.fps : undefined,
    requestLatency: summariseLatencies(requestLatenciesUs),
    fillWaitP50Ms: fillUs && toMs(computeQuantile(fillUs, 0.5)),
    fillWaitP99Ms: fillUs && toMs(computeQuantile(fillUs, 0.99)),
    generatorLagP99Ms: toMs(computeQuantile(lags.measuredUs, 0.99)),
    bodyBytesMean:
      requests.count === 0
        ? undefined
        : requests.bodyBytes.reduce((sum, bytes) => sum + bytes, 0) / requests.count,
    batchFormedMean: formed,
    batchSizes,
    serverCounts: counted,
    loadCpuShare: record.loadCpuShare,
    crossCheckFps: record.crossCheckFps,
    answers,
    observations: record.observations ?? {},
    machine: input.machine ?? [],
    withoutLateness: withoutLateness?.figures,
    validity: judgeValidity(findings),
    findings,
    checks,
    cameras: summariseCameras(samples),
    timeSeries: computeTimeSeries(samples),
    stages:
      frames.count === 0
        ? undefined
        : splitStages(samples, frameLatenciesUs, figures.frameLatency ?? {}, {
            batches,
            startedClockUs: record.startedClockUs,
          }),
  }
  return {
    summary,
    pooled: {
      requestLatenciesUs,
      frameLatenciesUs,
      frameLatenciesWithoutLatenessUs: withoutLateness?.frameLatenciesUs,
    },
  }
}

function timingWithoutLateness(
  samples: MeasurementSamples,
  { byRowUs }: GeneratorLags,
  question: TimingQuestion,
): Timing | undefined {
  const punctual = samplesWithoutLateness(samples, byRowUs)
  return punctual && measureTiming(punctual, question)
}
