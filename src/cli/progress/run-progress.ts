import type { LoadProgress } from '../../load/control/watch-progress.js'
import { awaitsConfirmation } from '../../scenario/plan/confirming-run.js'
import type { Plan } from '../../scenario/plan/plan.js'
import type { SimulationProgress } from '../../capacity/recommend/rate-settings.js'
import type { RecommendedObserver } from '../../capacity/recommend/measure-recommended.js'
import type { UserError } from '../../system/user-error.js'
import { plural } from '../../system/plural.js'
import { formatBatching, formatFps, formatList, formatLoad } from '../../report/format/format.js'

/** The progress of a run, as data; `progress-display.ts` shows it. */
export interface RunProgress {
  /** Current preparation step; empty while the load runs. */
  status: string
  /** The point and its settings, for a person. */
  subject: string
  done: number
  total: number
  repetition?: number
  load?: LoadProgress
  timeLeftMs: number
  /** The error of the points that were just left out. */
  leftOut?: { points: readonly number[]; error: UserError }
}

export type RunEvent = 'status' | 'simulation' | 'start' | 'load' | 'end' | 'left-out'

/**
 * Follows a run and calls `changed` at each event.
 * @param pending measurements still to do: fewer than the plan's when the run is resumed
 */
export function followRun(
  plan: Plan,
  pending: number,
  now: () => number,
  changed: (progress: RunProgress, event: RunEvent) => void,
): Required<RecommendedObserver> {
  const confirming = awaitsConfirmation(plan) ? 1 : 0
  const total = plan.order.length + confirming
  const expectedMs = total === 0 ? 0 : (plan.expectedS * 1000) / total
  const finishedMs: number[] = []
  let startedAt = now()
  let shownLeftMs = Number.POSITIVE_INFINITY
  let skipped = 0
  let added = 0
  let race = ''
  let current: Pick<RunProgress, 'status' | 'subject' | 'repetition' | 'load' | 'leftOut'> = {
    status: '',
    subject: '',
  }

  function report(event: RunEvent): void {
    const remaining = Math.max(0, pending + confirming + added - skipped - finishedMs.length)
    // If a run is slower than expected, the countdown stops. It never counts up.
    const estimateMs = timeLeftMs({ finishedMs, remaining, currentMs: now() - startedAt, expectedMs })
    shownLeftMs = Math.min(shownLeftMs, estimateMs)
    changed(
      {
        ...current,
        done: total + added - skipped - remaining,
        total: total + added - skipped,
        timeLeftMs: shownLeftMs,
      },
      event,
    )
  }

  return {
    status(text) {
      current = { ...current, status: text }
      report('status')
    },
    measurementStarts({ repetition }, point) {
      startedAt = now()
      const what = point.purpose === 'confirming' ? 'confirming run' : `${race}point ${point.id}`
      const subject = `${what}: ${formatBatching(point)}, ${formatLoad(point.load)}`
      current = { status: '', subject, repetition }
      report('start')
    },
    blockStarts({ block, settings }) {
      added += settings
      // The time left grew.
      shownLeftMs = Number.POSITIVE_INFINITY
      race = `block ${block}, ${plural(settings, 'setting')} left: `
    },
    simulates(progress) {
      current = { ...current, status: formatSimulation(progress) }
      report('simulation')
    },
    loadProgress(load) {
      current = { ...current, status: '', load }
      report('load')
    },
    measurementEnds() {
      finishedMs.push(now() - startedAt)
      // The next measurement begins now, so the time of the finished one is not subtracted.
      startedAt = now()
      report('end')
    },
    camerasFixed({ ceiling, cameras, merged }) {
      skipped += merged
      const numbers = `${formatList(cameras)} ${cameras.at(-1) === 1 ? 'camera' : 'cameras'}`
      const status = `the ceiling is ${formatFps(ceiling.fps)} FPS (point ${ceiling.point}): next ${numbers}`
      current = { ...current, status }
      report('status')
    },
    pointsLeftOut(error, points, missing) {
      skipped += missing
      startedAt = now()
      current = { ...current, leftOut: { error, points } }
      report('left-out')
    },
  }
}

/** `simulating how many cameras each setting carries: setting 3 of 12`. */
export function formatSimulation({ setting, of }: SimulationProgress): string {
  return `simulating how many cameras each setting carries: setting ${setting} of ${of}`
}

interface TimeLeftInput {
  /** Wall time of each finished measurement, server changes included. */
  finishedMs: readonly number[]
  /** Measurements still to do, the running one included. */
  remaining: number
  /** Time since the running one started. */
  currentMs: number
  /** Planned time of one measurement. */
  expectedMs: number
}

/**
 * Time until the last measurement is done, ms, from the mean of the finished measurements: those of one scenario take
 * nearly the same time.
 */
export function timeLeftMs({ finishedMs, remaining, currentMs, expectedMs }: TimeLeftInput): number {
  // The first one also waited for the video and the server.
  const typicalMs = finishedMs.slice(1)
  const seen = typicalMs.reduce((sum, ms) => sum + ms, 0)
  // The plan counts as one more measurement, so that one odd measurement does not distort the estimate.
  const each = (seen + expectedMs) / (typicalMs.length + 1)
  return Math.max(0, remaining * each - Math.min(currentMs, each))
}
