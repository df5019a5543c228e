import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { Plan } from '../../scenario/plan/plan.js'
import type { RunObserver } from '../../measure/run-observer.js'
import { batchingInWords, loadInWords } from '../../report/format/point.js'
import { timeLeftMs } from './time-left.js'

/** What is shown of a run while it goes on; kept apart from how it is shown. */
export interface RunProgress {
  /** What is being prepared; empty while the load runs. */
  status: string
  /** The point in words. */
  subject: string
  done: number
  total: number
  repetition?: number
  load?: LoadProgress
  timeLeftMs: number
}

/**
 * Follows a run and calls `changed` with what is to be shown.
 * @param owed measurements that this run still has to do; fewer than the plan's where it is resumed.
 */
export function followRun(
  plan: Plan,
  owed: number,
  now: () => number,
  changed: (progress: RunProgress, event: 'status' | 'start' | 'load' | 'end') => void,
): RunObserver {
  const total = plan.order.length
  const expectedMs = total === 0 ? 0 : (plan.expectedS * 1000) / total
  const finishedMs: number[] = []
  let startedAt = now()
  let current: Pick<RunProgress, 'status' | 'subject' | 'repetition' | 'load'> = { status: '', subject: '' }

  function report(event: 'status' | 'start' | 'load' | 'end'): void {
    const remaining = owed - finishedMs.length
    changed(
      {
        ...current,
        done: total - remaining,
        total,
        timeLeftMs: timeLeftMs({ finishedMs, remaining, currentMs: now() - startedAt, expectedMs }),
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
      const subject = `${batchingInWords(point)}, ${loadInWords(point.load)}`
      current = { status: '', subject, repetition }
      report('start')
    },
    loadProgress(load) {
      current = { ...current, status: '', load }
      report('load')
    },
    measurementEnds() {
      finishedMs.push(now() - startedAt)
      // The next one begins now: what the finished one took must not be taken off it.
      startedAt = now()
      report('end')
    },
  }
}
