import type { MachineSample } from '../system/machine/sample-machine.js'
import type { MeasurementObservations, ServerIdentity } from '../run/manifest.js'
import { decideOutcome, framesWithinSlo, type Outcome } from './outcome.js'
import {
  explainFailures,
  failuresInSamples,
  framesRefusedUnderLoad,
  type ExplainedFailure,
} from './failures.js'
import { summariseCameras, type CameraRow } from './camera-table.js'
import { checkAnswers, mixedUpBefore, type AnswerCheck } from './answer-check.js'
import type { Evidence } from './check.js'
import { measureBacklog } from './backlog.js'
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
import { generatorLags } from './generator-lag.js'
import { fillWaits, frameLatencies, requestLatencies, sendLags } from './latencies.js'
import { computeQuantile, summariseLatencies, toMs, type LatencySummary } from './percentile.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import { measureStability } from './stability.js'
import { splitStages, type StageSplit } from './stage-times.js'
import { measureThroughput } from './throughput.js'
import { computeTimeSeries, type TimeSlice } from './time-series.js'

/** One measurement in figures: plain data, times in ms. Absent means not applicable or too few samples. */
export interface MeasurementSummary {
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
  fps: number
  goodputFps?: number | undefined
  /** Camera load: frames per second of the schedule. */
  offeredFps?: number | undefined
  requestLatency: LatencySummary
  frameLatency?: LatencySummary | undefined
  fillWaitP50Ms?: number | undefined
  fillWaitP99Ms?: number | undefined
  sendLagP50Ms?: number | undefined
  sendLagP99Ms?: number | undefined
  generatorLagP99Ms?: number | undefined
  bodyBytesMean?: number | undefined
  batchFormedMean?: number | undefined
  /** Absent if the server does not report its batches. */
  batchSizes?: BatchSizes | undefined
  /** Absent if the server's metrics could not be read. */
  serverCounts?: ServerCounts | undefined
  /** Share of the frames scheduled that were answered correctly within the SLO. */
  sloAttainment?: number | undefined
  backlogGrowthPerS?: number | undefined
  loadCpuShare?: number | undefined
  crossCheckFps?: number | undefined
  answers?: AnswerCheck | undefined
  observations: MeasurementObservations
  /** Second by second; absent if the machine was not sampled. */
  machine: MachineSample[]
  outcome?: Outcome | undefined
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
}

/** Reduces one measurement to its figures. */
export function summariseMeasurement(input: MeasurementInput): {
  summary: MeasurementSummary
  pooled: PooledSamples
} {
  const { point, record, samples, batches, answerTolerance } = input
  const { requests, frames } = samples
  const { load, measure } = point
  const sloUs = point.slo && point.slo.latencyMs * 1000
  const counts = countFrames(samples)
  const failures = explainFailures(record.failures ?? failuresInSamples(samples), { counts, point })
  const throughput = measureThroughput(samples, {
    load: load.kind,
    extent: measure.passes === undefined ? 'window' : 'passes',
    windowStartUs: record.windowStartUs,
    windowEndUs: record.windowEndUs,
    answerTolerance,
    sloUs,
  })
  const window = { startUs: record.windowStartUs, endUs: record.windowEndUs }
  const pooled = {
    requestLatenciesUs: requestLatencies(requests),
    frameLatenciesUs: frameLatencies(samples),
  }
  const lagsUs = sendLags(requests)
  const ownLagsUs = generatorLags(
    requests,
    load.kind === 'cameras' ? load.maxInFlightPerCamera : Number.POSITIVE_INFINITY,
  )
  const answers = checkAnswers(requests, answerTolerance, mixedUpBefore(point, record.answerReference))
  const stability = measure.passes === undefined ? measureStability(samples, throughput, point) : undefined
  const batchSizes = summariseBatches(measuredBatches(batches ?? [], requests))
  const formed = batchSizes?.framesMean
  const counted = serverCounts(record.observations ?? {}, requests)
  const isCamera = load.kind === 'cameras'
  const withinSlo =
    isCamera && sloUs !== undefined ? framesWithinSlo(samples, sloUs, answerTolerance) : undefined
  const backlog =
    isCamera && measure.passes === undefined
      ? measureBacklog(samples, { ...window, batchSize: point.batching.batchSize })
      : undefined
  const frameLatency = isCamera
    ? summariseLatencies(
        pooled.frameLatenciesUs,
        Math.min(pooled.requestLatenciesUs.length, pooled.frameLatenciesUs.length),
      )
    : undefined
  const fillUs = isCamera ? fillWaits(samples) : undefined
  const evidence: Evidence = {
    point,
    counts,
    failures,
    complete: record.complete,
    generatorLagsUs: ownLagsUs,
    fps: throughput.fps,
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
    fps: throughput.fps,
    goodputFps: throughput.goodputFps,
    offeredFps: isCamera ? load.cameras * load.fps : undefined,
    requestLatency: summariseLatencies(pooled.requestLatenciesUs),
    frameLatency,
    fillWaitP50Ms: fillUs && toMs(computeQuantile(fillUs, 0.5)),
    fillWaitP99Ms: fillUs && toMs(computeQuantile(fillUs, 0.99)),
    sendLagP50Ms: toMs(computeQuantile(lagsUs, 0.5)),
    sendLagP99Ms: toMs(computeQuantile(lagsUs, 0.99)),
    generatorLagP99Ms: toMs(computeQuantile(ownLagsUs, 0.99)),
    bodyBytesMean:
      requests.count === 0
        ? undefined
        : requests.bodyBytes.reduce((sum, bytes) => sum + bytes, 0) / requests.count,
    batchFormedMean: formed,
    batchSizes,
    serverCounts: counted,
    sloAttainment:
      withinSlo === undefined || counts.scheduled === 0 ? undefined : withinSlo / counts.scheduled,
    backlogGrowthPerS: backlog?.growthPerS,
    loadCpuShare: record.loadCpuShare,
    crossCheckFps: record.crossCheckFps,
    answers,
    observations: record.observations ?? {},
    machine: input.machine ?? [],
    outcome: decideOutcome({
      point,
      counts,
      framesRefusedUnderLoad: framesRefusedUnderLoad(failures),
      framesWithinSlo: withinSlo,
      backlog,
    }),
    validity: judgeValidity(findings),
    findings,
    checks,
    cameras: summariseCameras(samples),
    timeSeries: computeTimeSeries(samples),
    stages:
      frames.count === 0
        ? undefined
        : splitStages(samples, pooled.frameLatenciesUs, frameLatency ?? {}, {
            batches,
            startedClockUs: record.startedClockUs,
          }),
  }
  return { summary, pooled }
}
