import type { ServerIdentity } from '../run/manifest.js'
import type { Point } from '../scenario/plan/plan.js'
import { poolBatchSizes, type BatchSizes } from './batch-sizes.js'
import type { CameraRow } from './camera-table.js'
import { explainFailures, type ExplainedFailure } from './failures.js'
import type { Validity } from './check-measurement.js'
import { gatherFindings, type PointFinding } from './point-findings.js'
import { addFrameCounts, type FrameCounts } from './frame-counts.js'
import { addHistograms, type Histogram, type QuantilePoint } from './latency-distribution.js'
import type { LatencySummary } from './percentile.js'
import { poolLatencies, readTogether, type PointTiming, type ReadAgain } from './pool-latencies.js'
import type { MeasuredRepetition } from './measurement-summary.js'
import { poolNetworkShares, type NetworkShare } from './network-share.js'
import type { AgentResult } from '../run/agent-result.js'
import { groupBy } from './point-identity.js'
import type { StageSplit } from './stage-times.js'
import { computeSpread, type Spread } from './spread.js'

/** A point over its repetitions; latencies from their pooled samples. */
export interface PointSummary extends PointTiming {
  point: Point
  /** The server of its measurements. */
  server?: ServerIdentity | undefined
  /** Repetitions that the figures rest on, and how many were measured to their end. */
  repetitionsUsed: number
  repetitionsMeasured: number
  /** Camera load: frames per second of the schedule. */
  offeredFps?: number | undefined
  /** Frames of the repetitions used. */
  counts: FrameCounts
  /** Failed requests of these by cause, those of most frames first. */
  failures: ExplainedFailure[]
  /** CPU time of other programs, as a share of the machine: the median of the repetitions. */
  otherCpuShare?: number | undefined
  batchFormedMean?: Spread | undefined
  /** Of all repetitions used. */
  batchSizes?: BatchSizes | undefined
  requestLatency: LatencySummary
  /** Of the first repetition used. */
  stages?: StageSplit | undefined
  cameras: CameraRow[]
  /** Camera load: these figures with each request's own lateness taken away. Absent if no request was late. */
  withoutLateness?: PointTiming | undefined
  validity: Validity
  findings: PointFinding[]
  /** Of frame latency under camera load, else of request latency. */
  latencyCurve: QuantilePoint[]
  latencyHistogram?: Histogram | undefined
  /** The agent, if this is its part of a point; the worst of its clock and its start. */
  agent?: AgentResult | undefined
  /** With agents: the means over the repetitions. */
  network?: NetworkShare | undefined
  /** With agents: the part of each, over the same repetitions. */
  sites?: PointSummary[] | undefined
}

/**
 * The figures come from the VALID repetitions; if there is none, they come from all, and the point is INVALID. An
 * interrupted measurement is never summarised. Undefined if no measurement was finished.
 */
export function summarisePoint(
  point: Point,
  repetitions: readonly MeasuredRepetition[],
): PointSummary | undefined {
  const { used } = usedOf(repetitions)
  if (used.length === 0) return undefined
  const bySite = groupBy(
    used.flatMap(({ sites = [] }) => sites),
    ({ summary }) => summary.agent?.site,
  )
  const [whole, ...sites] = readTogether(used, [
    summarise(point, repetitions),
    ...[...bySite.values()]
      .filter((some) => usedOf(some).used.length > 0)
      .map((some) => summarise(some[0]!.point, some)),
  ])
  return { ...whole!, ...(sites.length > 0 && { sites }) }
}

function usedOf(
  repetitions: readonly MeasuredRepetition[],
): Record<'measured' | 'valid' | 'used', MeasuredRepetition[]> {
  const measured = repetitions.filter(({ summary }) => summary.complete)
  const valid = measured.filter(({ summary }) => summary.validity === 'VALID')
  return { measured, valid, used: valid.length > 0 ? valid : measured }
}

/** One of the repetitions, at least, was measured to its end. */
function* summarise(
  point: Point,
  repetitions: readonly MeasuredRepetition[],
): Generator<ReadAgain, PointSummary> {
  const { measured, valid, used } = usedOf(repetitions)
  const isCamera = point.load.kind === 'cameras'
  const counts = addFrameCounts(used.map(({ summary }) => summary.counts))
  const { timing, requestLatency, withoutLateness, latencyCurve } = yield* poolLatencies(used, isCamera)
  return {
    point,
    server: used[0]!.summary.server,
    repetitionsUsed: used.length,
    repetitionsMeasured: measured.length,
    ...timing,
    offeredFps: used[0]!.summary.offeredFps,
    counts,
    failures: explainFailures(
      used.flatMap(({ summary }) => summary.failures),
      { counts, point },
    ),
    otherCpuShare: computeSpread(used.map(({ summary }) => summary.observations.otherCpuShare))?.median,
    batchFormedMean: computeSpread(used.map(({ summary }) => summary.batchFormedMean)),
    batchSizes: poolBatchSizes(used.map(({ summary }) => summary.batchSizes)),
    requestLatency,
    stages: used[0]!.summary.stages,
    cameras: used[0]!.summary.cameras,
    withoutLateness,
    validity: valid.length > 0 ? 'VALID' : 'INVALID',
    findings: gatherFindings(repetitions),
    latencyCurve,
    latencyHistogram: addHistograms(used.map(({ pooled }) => pooled.latencyHistogram)),
    agent: worstOfAgent(used.flatMap(({ summary }) => summary.agent ?? [])),
    network: poolNetworkShares(used.map(({ summary }) => summary.network)),
  }
}

/** The agent with its worst start and the largest error of its clock. */
function worstOfAgent(results: readonly AgentResult[]): AgentResult | undefined {
  if (results[0] === undefined) return undefined
  const largest = (of: (result: AgentResult) => number | undefined) =>
    results
      .map(of)
      .filter((ms) => ms !== undefined)
      .toSorted((a, b) => Math.abs(b) - Math.abs(a))[0]
  return {
    ...results[0],
    startSkewMs: largest(({ startSkewMs }) => startSkewMs),
    clockErrorMs: largest(({ clockErrorMs }) => clockErrorMs),
  }
}
