import type { MachineSample } from '../system/machine/sample-machine.js'
import type { ServerIdentity } from '../run/manifest.js'
import type { MeasurementObservations } from '../run/observations.js'
import type { ExplainedFailure } from './failures.js'
import type { CameraRow } from './camera-table.js'
import type { AnswerCheck } from './answer-check.js'
import type { Evidence } from './check.js'
import type { BatchSizes } from './batch-sizes.js'
import type { ServerCounts } from './server-counts.js'
import {
  checkMeasurement,
  judgeValidity,
  listFindings,
  type CheckResult,
  type Finding,
  type Validity,
} from './check-measurement.js'
import type { FrameCounts } from './frame-counts.js'
import { decideTwice } from './lateness.js'
import type { LatencySummary } from './percentile.js'
import { readFigures, type PooledSamples } from './read-figures.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import type { StageSplit } from './stage-times.js'
import type { TimeSlice } from './time-series.js'
import type { TimingFigures } from './timing-figures.js'

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

/** Reduces one measurement to its figures. */
export function summariseMeasurement(input: MeasurementInput): {
  summary: MeasurementSummary
  pooled: PooledSamples
} {
  const { point, record } = input
  const { load } = point
  const isCamera = load.kind === 'cameras'
  const { figures, pooled } = readFigures(input)
  const { counts, failures, timing, timingWithoutLateness, counted, answers, batchSizes } = figures
  const evidence: Evidence = {
    point,
    counts,
    failures,
    complete: record.complete,
    generatorLagsUs: figures.generatorLagsUs,
    latencyP50Ms: figures.latencyP50Ms,
    outcome: isCamera
      ? decideTwice(
          { measured: timing, without: timingWithoutLateness },
          ({ outcome }) => outcome,
          (outcome) => outcome,
        )
      : undefined,
    fps: timing.fps,
    observations: record.observations ?? {},
    loadCpuShare: record.loadCpuShare,
    answers,
    stability: figures.stability,
    batchFormedMean: batchSizes?.framesMean,
    answeredWithoutBatch: input.answeredWithoutBatch,
    batchesNotJoined: input.batchesNotJoined,
    fromOthers: figures.serverCounts?.fromOthers,
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
    durationS: (counted.toUs - counted.fromUs) / 1e6,
    counts,
    failures,
    ...timing,
    offeredFps: isCamera ? load.cameras * load.fps : undefined,
    requestLatency: figures.requestLatency,
    fillWaitP50Ms: figures.fillWaitP50Ms,
    fillWaitP99Ms: figures.fillWaitP99Ms,
    generatorLagP99Ms: figures.generatorLagP99Ms,
    bodyBytesMean: figures.bodyBytesMean,
    batchFormedMean: batchSizes?.framesMean,
    batchSizes,
    serverCounts: figures.serverCounts,
    loadCpuShare: record.loadCpuShare,
    crossCheckFps: record.crossCheckFps,
    answers,
    observations: record.observations ?? {},
    machine: input.machine ?? [],
    withoutLateness: timingWithoutLateness,
    validity: judgeValidity(findings),
    findings,
    checks,
    cameras: figures.cameras,
    timeSeries: figures.timeSeries,
    stages: figures.stages,
  }
  return { summary, pooled }
}
