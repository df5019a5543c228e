import type { Point } from '../scenario/plan/plan.js'
import type { FrameCounts } from './frame-counts.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'

/** Of so many frames, some of them failed. */
export function frameCounts(scheduled: number, failed = 0): FrameCounts {
  const none = { timeout: 0, 'connection-error': 0, 'bad-response': 0, aborted: 0, dropped: 0 }
  return { scheduled, byOutcome: { ok: scheduled - failed, 'http-error': failed, ...none } }
}

/** A measurement in figures, written out: VALID, without findings. */
export function measurementSummary(changes: Partial<MeasurementSummary>): MeasurementSummary {
  return {
    point: 1,
    repetition: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    complete: true,
    windowFromS: 2,
    windowToS: 12,
    durationS: 10,
    counts: frameCounts(1000),
    failures: [],
    fps: 100,
    requestLatency: { samples: 1000, independent: 1000 },
    observations: {},
    machine: [],
    validity: 'VALID',
    findings: [],
    checks: [],
    cameras: [],
    timeSeries: [],
    ...changes,
  }
}

/** A point in figures, written out: three VALID repetitions, without findings. */
export function pointSummary(point: Point, changes: Partial<PointSummary>): PointSummary {
  return {
    point,
    repetitionsUsed: 3,
    repetitionsMeasured: 3,
    counts: frameCounts(3000),
    failures: [],
    requestLatency: { samples: 3000, independent: 3000 },
    cameras: [],
    validity: 'VALID',
    findings: [],
    latencyCurve: [],
    ...changes,
  }
}
