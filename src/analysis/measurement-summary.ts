import type { MachineSample } from '../system/machine/sample-machine.js'
import type { ServerIdentity } from '../run/manifest.js'
import type { AgentResult } from '../run/agent-result.js'
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
import { networkShare, type NetworkShare } from './network-share.js'
import type { PooledSamples } from './pooled-samples.js'
import type { PartReader } from './fold.js'
import { inputOfSite, readBySite, readParts, type SiteInput } from './read-by-site.js'
import type { SampleFigures } from './sample-figures.js'
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
  /** The agent, if this is its part of a measurement. */
  agent?: AgentResult | undefined
  /** With agents: the network's share of the request latency. Absent if the time at the server is unknown. */
  network?: NetworkShare | undefined
  /** With agents: the part of each. */
  sites?: MeasurementSummary[] | undefined
}

/** A measurement, or one agent's part of it, in figures, with what is pooled over repetitions. */
export interface MeasuredRepetition {
  summary: MeasurementSummary
  pooled: PooledSamples
  /** With agents: the part of each, with its own load. */
  sites?: (MeasuredRepetition & Pick<MeasurementInput, 'point'>)[] | undefined
  /**
   * Reads the samples once more, for the whole and for each site. Absent if all latencies are in memory, so that the samples
   * need not be kept; absent for a site.
   */
  readAgain?: ((readers: readonly (PartReader | undefined)[]) => void) | undefined
}

/**
 * Reduces one measurement to its figures, and with agents the part of each to its own.
 *
 * @param mostKept values of one distribution that are kept; see `Distribution`
 */
export function summariseMeasurement(input: MeasurementInput, mostKept?: number): MeasuredRepetition {
  const { agents } = input.record
  const inputs = (agents ?? []).map((agent) => inputOfSite(input, agent))
  const { whole, sites: read } = readBySite(input, inputs, mostKept)
  const evidenceBySite = inputs.map((site, i) => ({
    ...evidenceOf(site, read[i]!.figures),
    agent: agents?.[i],
  }))
  const { serverCounts } = whole.figures
  const sites = inputs.map((site, i) => ({
    point: site.point,
    summary: summaryOf(site, read[i]!.figures, evidenceBySite[i]!, serverCounts),
    pooled: read[i]!.pooled,
  }))
  const evidence = { ...evidenceOf(input, whole.figures), ...(agents && { agents: evidenceBySite }) }
  const summary = summaryOf(input, whole.figures, evidence, serverCounts)
  const isKept = [whole, ...read].every(({ pooled }) => pooled.isKept)
  return {
    summary: agents === undefined ? summary : { ...summary, sites: sites.map((site) => site.summary) },
    pooled: whole.pooled,
    ...(agents !== undefined && { sites }),
    ...(!isKept && { readAgain: (readers) => readParts(input, readers) }),
  }
}

function evidenceOf(input: SiteInput, figures: SampleFigures): Evidence {
  const { point, record } = input
  const { counts, failures, timing, timingWithoutLateness, answers, batchSizes } = figures
  return {
    point,
    counts,
    failures,
    complete: record.complete,
    generatorLagsUs: figures.generatorLagsUs,
    latencyP50Ms: figures.latencyP50Ms,
    outcome:
      point.load.kind === 'cameras'
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
}

/** @param serverCounts of the whole measurement */
function summaryOf(
  { point: { load }, record, machine = [] }: SiteInput,
  figures: SampleFigures,
  evidence: Evidence,
  serverCounts: ServerCounts | undefined,
): MeasurementSummary {
  const { timing, timingWithoutLateness, counted, networkTimes } = figures
  const checks = checkMeasurement(evidence)
  const findings = listFindings(checks, evidence, record.notes)
  return {
    point: record.point,
    repetition: record.repetition,
    server: record.server,
    startedAt: record.startedAt,
    complete: record.complete,
    windowFromS: record.windowStartUs / 1e6,
    windowToS: record.windowEndUs / 1e6,
    durationS: (counted.toUs - counted.fromUs) / 1e6,
    counts: figures.counts,
    failures: figures.failures,
    ...timing,
    offeredFps: load.kind === 'cameras' ? load.cameras * load.fps : undefined,
    requestLatency: figures.requestLatency,
    fillWaitP50Ms: figures.fillWaitP50Ms,
    fillWaitP99Ms: figures.fillWaitP99Ms,
    generatorLagP99Ms: figures.generatorLagP99Ms,
    bodyBytesMean: figures.bodyBytesMean,
    batchFormedMean: figures.batchSizes?.framesMean,
    batchSizes: figures.batchSizes,
    serverCounts: figures.serverCounts,
    loadCpuShare: record.loadCpuShare,
    crossCheckFps: record.crossCheckFps,
    answers: figures.answers,
    observations: record.observations ?? {},
    machine,
    withoutLateness: timingWithoutLateness,
    validity: judgeValidity(findings),
    findings,
    checks,
    cameras: figures.cameras,
    timeSeries: figures.timeSeries,
    stages: figures.stages,
    agent: evidence.agent,
    network: networkTimes && networkShare(networkTimes, serverCounts),
  }
}
