import { median } from 'simple-statistics'
import type { Point } from '../scenario/plan/plan.js'
import type { FrameCounts } from './frame-counts.js'
import { errorRate } from './frame-counts.js'
import { formatBatching, formatLoad } from '../report/format/point.js'
import type { GatedMeasurement, GatedPoint } from './gated-run.js'
import type { PointFigures } from './thresholds/evaluate-thresholds.js'

/** The figures of a point over all its repetitions: medians, and percentiles of the pooled samples. */
export function figuresOfPoint(summary: GatedPoint, measurements: readonly GatedMeasurement[]): PointFigures {
  const { point, requestLatency, frameLatency } = summary
  const own = measurements.filter((each) => each.point === point.id && each.complete)
  const counts = total(own.map((each) => each.counts))
  return {
    point: point.id,
    label: labelOf(point),
    load: point.load.kind,
    settings: settingsOf(point),
    values: {
      fps: summary.fps?.median,
      goodputFps: summary.goodputFps?.median,
      requestLatencyP50Ms: requestLatency.p50?.value,
      requestLatencyP99Ms: requestLatency.p99?.value,
      frameLatencyP50Ms: frameLatency?.p50?.value,
      frameLatencyP95Ms: frameLatency?.p95?.value,
      frameLatencyP99Ms: frameLatency?.p99?.value,
      sendLagP50Ms: medianOf(own.map((each) => each.sendLagP50Ms)),
      sendLagP99Ms: medianOf(own.map((each) => each.sendLagP99Ms)),
      batchFormedMean: summary.batchFormedMean?.median,
      errorRate: errorRate(counts),
      dropRate: counts.scheduled === 0 ? undefined : counts.byOutcome.dropped / counts.scheduled,
    },
  }
}

/** `server batching 4 (delay 50 ms), 8 frames in flight`. */
export function labelOf(point: Point): string {
  return `${formatBatching(point)}, ${formatLoad(point.load)}`
}

function settingsOf({ id, batching, load }: Point): PointFigures['settings'] {
  const { mode, batchSize, framesPerRequest, serverBatchSize, maxBatchDelayMs, encoding } = batching
  const loadSettings =
    load.kind === 'closed'
      ? { framesInFlight: load.framesInFlight }
      : { cameras: load.cameras, cameraFps: load.fps }
  return {
    point: id,
    mode,
    batchSize,
    framesPerRequest,
    serverBatchSize,
    maxBatchDelayMs,
    encoding,
    load: load.kind,
    ...loadSettings,
  }
}

function total(all: readonly FrameCounts[]): FrameCounts {
  const sumOf = (of: (counts: FrameCounts) => number) => all.reduce((sum, counts) => sum + of(counts), 0)
  return {
    scheduled: sumOf(({ scheduled }) => scheduled),
    byOutcome: {
      ok: sumOf(({ byOutcome }) => byOutcome.ok),
      'http-error': sumOf(({ byOutcome }) => byOutcome['http-error']),
      timeout: sumOf(({ byOutcome }) => byOutcome.timeout),
      'connection-error': sumOf(({ byOutcome }) => byOutcome['connection-error']),
      'bad-response': sumOf(({ byOutcome }) => byOutcome['bad-response']),
      aborted: sumOf(({ byOutcome }) => byOutcome.aborted),
      dropped: sumOf(({ byOutcome }) => byOutcome.dropped),
    },
  }
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : median(known)
}
