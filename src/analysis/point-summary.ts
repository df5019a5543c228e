import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import type { ServerIdentity } from '../run/manifest.js'
import type { Point } from '../scenario/plan/plan.js'
import { poolBatchSizes, type BatchSizes } from './batch-sizes.js'
import type { CameraRow } from './camera-table.js'
import { worstOutcome, type Outcome } from './outcome.js'
import { explainFailures, type ExplainedFailure } from './failures.js'
import type { Validity } from './check-measurement.js'
import { gatherFindings, type PointFinding } from './point-findings.js'
import { addFrameCounts, type FrameCounts } from './frame-counts.js'
import {
  addHistograms,
  computeQuantileCurve,
  type Histogram,
  type QuantilePoint,
} from './latency-distribution.js'
import {
  computeQuantile,
  percentileRank,
  summariseLatencies,
  toMs,
  type LatencySummary,
} from './percentile.js'
import type { MeasuredRepetition } from './measurement-summary.js'
import { poolNetworkShares, type NetworkShare } from './network-share.js'
import type { AgentResult } from '../run/agent-result.js'
import { groupBy } from './point-identity.js'
import { type Ascending, Distribution } from './distribution.js'
import { readMissing } from './read-missing.js'
import type { StageSplit } from './stage-times.js'
import { computeSpread, type Spread } from './spread.js'
import type { TimingFigures } from './timing-figures.js'

/** The figures of a point that depend on when requests were sent: those that lateness changes. */
interface PointTiming {
  fps?: Spread | undefined
  goodputFps?: Spread | undefined
  sloAttainment?: Spread | undefined
  sendLagP50Ms?: Spread | undefined
  sendLagP99Ms?: Spread | undefined
  frameLatency?: LatencySummary | undefined
  /** The range of the same percentiles over the single repetitions. */
  frameLatencySpread?: Partial<Record<PercentileName, Spread>> | undefined
  outcome?: Outcome | undefined
}

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
export function summarisePoint(point: Point, repetitions: MeasuredRepetition[]): PointSummary | undefined {
  const measured = repetitions.filter(({ summary }) => summary.complete)
  if (measured.length === 0) return undefined
  const valid = measured.filter(({ summary }) => summary.validity === 'VALID')
  const used = valid.length > 0 ? valid : measured
  const isCamera = point.load.kind === 'cameras'
  const counts = addFrameCounts(used.map(({ summary }) => summary.counts))
  const { timing, requestLatency, withoutLateness, latencyCurve } = poolLatencies(used, isCamera)
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
    ...ofFleet(used),
  }
}

/** What only a measurement by agents has. */
function ofFleet(used: readonly MeasuredRepetition[]): Pick<PointSummary, 'agent' | 'network' | 'sites'> {
  const bySite = groupBy(
    used.flatMap(({ sites = [] }) => sites),
    ({ summary }) => summary.agent?.site,
  )
  const sites = [...bySite.values()].flatMap((some) => summarisePoint(some[0]!.point, some) ?? [])
  return {
    agent: worstOfAgent(used.flatMap(({ summary }) => summary.agent ?? [])),
    network: poolNetworkShares(used.map(({ summary }) => summary.network)),
    sites: sites.length === 0 ? undefined : sites,
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

interface PooledFigures extends Pick<PointSummary, 'requestLatency' | 'latencyCurve' | 'withoutLateness'> {
  timing: PointTiming
}

/** The figures of the latencies of all repetitions together. */
function poolLatencies(used: readonly MeasuredRepetition[], isCamera: boolean): PooledFigures {
  const requestsUs = pool(used.map(({ pooled }) => pooled.requestLatenciesUs))
  const framesUs = pool(used.map(({ pooled }) => pooled.frameLatenciesUs))
  const framesOf = ({ pooled }: MeasuredRepetition) =>
    pooled.frameLatenciesWithoutLatenessUs ?? pooled.frameLatenciesUs
  // Undefined if no request of any repetition was late.
  const punctualUs = used.every(({ summary }) => summary.withoutLateness === undefined)
    ? undefined
    : pool(used.map(framesOf))
  const distributions = [requestsUs, framesUs, ...(punctualUs === undefined ? [] : [punctualUs])]
  const shownUs = isCamera ? framesUs : requestsUs
  const requests = requestsUs.length
  function compute(): PooledFigures {
    return {
      timing: poolTiming(
        used.map(({ summary, pooled }) => ({ figures: summary, framesUs: pooled.frameLatenciesUs })),
        { isCamera, requests, framesUs },
      ),
      requestLatency: summariseLatencies(requestsUs),
      withoutLateness:
        punctualUs &&
        poolTiming(
          used.map((one) => ({
            figures: one.summary.withoutLateness ?? one.summary,
            framesUs: framesOf(one),
          })),
          { isCamera, requests, framesUs: punctualUs },
        ),
      latencyCurve: computeQuantileCurve(shownUs, Math.min(requests, shownUs.length)),
    }
  }
  for (;;) {
    const figures = compute()
    if (distributions.every(({ isMissing }) => !isMissing)) return figures
    readMissing(distributions, () => {
      for (const { pooled } of used)
        pooled.addAgain({
          requests: requestsUs.again,
          frames: framesUs.again,
          framesWithoutLateness: punctualUs?.again,
        })
    })
  }
}

interface RepetitionTiming {
  figures: TimingFigures
  framesUs: Ascending
}

/** @param pooled.requests answered correctly in all repetitions */
function poolTiming(
  repetitions: readonly RepetitionTiming[],
  { isCamera, requests, framesUs }: { isCamera: boolean; requests: number; framesUs: Ascending },
): PointTiming {
  const over = (figure: (figures: TimingFigures) => number | undefined) =>
    computeSpread(repetitions.map(({ figures }) => figure(figures)))
  return {
    fps: over(({ fps }) => fps),
    goodputFps: over(({ goodputFps }) => goodputFps),
    sloAttainment: over(({ sloAttainment }) => sloAttainment),
    sendLagP50Ms: over(({ sendLagP50Ms }) => sendLagP50Ms),
    sendLagP99Ms: over(({ sendLagP99Ms }) => sendLagP99Ms),
    frameLatency: isCamera ? summariseLatencies(framesUs, Math.min(requests, framesUs.length)) : undefined,
    frameLatencySpread: isCamera ? latencySpread(repetitions) : undefined,
    outcome: worstOutcome(repetitions.map(({ figures }) => figures.outcome)),
  }
}

function latencySpread(repetitions: readonly RepetitionTiming[]): Partial<Record<PercentileName, Spread>> {
  const quantile = (name: PercentileName) =>
    computeSpread(repetitions.map(({ framesUs }) => toMs(computeQuantile(framesUs, percentileRank(name)))))
  return Object.fromEntries(percentileNames.map((name) => [name, quantile(name)]))
}

function pool(parts: readonly Distribution[]): Distribution {
  if (parts.length === 1) return parts[0]!
  const all = new Distribution()
  for (const part of parts) all.addAll(part)
  return all
}
