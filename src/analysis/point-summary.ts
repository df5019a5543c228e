import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import type { ServerIdentity } from '../run/manifest.js'
import type { Point } from '../scenario/plan/plan.js'
import { poolBatchSizes, type BatchSizes } from './batch-sizes.js'
import type { CameraRow } from './camera-table.js'
import { worstOutcome, type Outcome } from './outcome.js'
import { explainFailures, type ExplainedFailure } from './failures.js'
import type { Finding, Validity } from './check-measurement.js'
import { addFrameCounts, type FrameCounts } from './frame-counts.js'
import {
  computeHistogram,
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
import type { MeasurementSummary, PooledSamples } from './measurement-summary.js'
import type { StageSplit } from './stage-times.js'
import { computeSpread, type Spread } from './spread.js'

export interface PointFinding extends Finding {
  repetitions: number[]
}

/** A point over its repetitions; latencies from their pooled samples. */
export interface PointSummary {
  point: Point
  /** The server of its measurements. */
  server?: ServerIdentity | undefined
  /** Repetitions that the figures rest on, and how many were measured to their end. */
  repetitionsUsed: number
  repetitionsMeasured: number
  fps?: Spread | undefined
  goodputFps?: Spread | undefined
  /** Camera load: frames per second of the schedule. */
  offeredFps?: number | undefined
  /** Frames of the repetitions used. */
  counts: FrameCounts
  /** Failed requests of these by cause, those of most frames first. */
  failures: ExplainedFailure[]
  sloAttainment?: Spread | undefined
  sendLagP50Ms?: Spread | undefined
  sendLagP99Ms?: Spread | undefined
  batchFormedMean?: Spread | undefined
  /** Of all repetitions used. */
  batchSizes?: BatchSizes | undefined
  requestLatency: LatencySummary
  frameLatency?: LatencySummary | undefined
  /** The range of the same percentiles over the single repetitions. */
  frameLatencySpread?: Partial<Record<PercentileName, Spread>> | undefined
  /** Of the first repetition used. */
  stages?: StageSplit | undefined
  cameras: CameraRow[]
  outcome?: Outcome | undefined
  validity: Validity
  findings: PointFinding[]
  /** Of frame latency under camera load, else of request latency. */
  latencyCurve: QuantilePoint[]
  latencyHistogram?: Histogram | undefined
}

export interface MeasuredRepetition {
  summary: MeasurementSummary
  pooled: PooledSamples
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
  const over = (figure: (summary: MeasurementSummary) => number | undefined) =>
    computeSpread(used.map(({ summary }) => figure(summary)))
  const requestUs = pool(used.map(({ pooled }) => pooled.requestLatenciesUs))
  const frameUs = pool(used.map(({ pooled }) => pooled.frameLatenciesUs))
  const isCamera = point.load.kind === 'cameras'
  const shownUs = isCamera ? frameUs : requestUs
  const counts = addFrameCounts(used.map(({ summary }) => summary.counts))
  return {
    point,
    server: used[0]!.summary.server,
    repetitionsUsed: used.length,
    repetitionsMeasured: measured.length,
    fps: over((summary) => summary.fps),
    goodputFps: over((summary) => summary.goodputFps),
    offeredFps: used[0]!.summary.offeredFps,
    counts,
    failures: explainFailures(
      used.flatMap(({ summary }) => summary.failures),
      { counts, point },
    ),
    sloAttainment: over((summary) => summary.sloAttainment),
    sendLagP50Ms: over((summary) => summary.sendLagP50Ms),
    sendLagP99Ms: over((summary) => summary.sendLagP99Ms),
    batchFormedMean: over((summary) => summary.batchFormedMean),
    batchSizes: poolBatchSizes(used.map(({ summary }) => summary.batchSizes)),
    requestLatency: summariseLatencies(requestUs),
    frameLatency: isCamera
      ? summariseLatencies(frameUs, Math.min(requestUs.length, frameUs.length))
      : undefined,
    frameLatencySpread: isCamera ? latencySpread(used) : undefined,
    stages: used[0]!.summary.stages,
    cameras: used[0]!.summary.cameras,
    outcome: worstOutcome(used.map(({ summary }) => summary.outcome)),
    validity: valid.length > 0 ? 'VALID' : 'INVALID',
    findings: gather(measured),
    latencyCurve: computeQuantileCurve(shownUs, Math.min(requestUs.length, shownUs.length)),
    latencyHistogram: computeHistogram(shownUs),
  }
}

function latencySpread(used: MeasuredRepetition[]): Partial<Record<PercentileName, Spread>> {
  const quantile = (name: PercentileName) =>
    computeSpread(
      used.map(({ pooled }) => toMs(computeQuantile(pooled.frameLatenciesUs, percentileRank(name)))),
    )
  return Object.fromEntries(percentileNames.map((name) => [name, quantile(name)]))
}

function pool(parts: Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all.toSorted()
}

/** Each finding once, with its repetitions. The repetitions of a point usually have the same findings. */
function gather(measured: MeasuredRepetition[]): PointFinding[] {
  const gathered = new Map<string, PointFinding>()
  for (const { summary } of measured)
    for (const finding of summary.findings) {
      const key = finding.name === 'recorded' ? `recorded ${finding.symptom}` : finding.name
      const known = gathered.get(key)
      if (known === undefined) gathered.set(key, { ...finding, repetitions: [summary.repetition] })
      else known.repetitions.push(summary.repetition)
    }
  return [...gathered.values()]
}
