import type { FrontendAnswer } from './frontend-answer.js'
import type { RequestFrames } from './request-frames.js'

/** One accepted prediction request, or DESCRIBE, on its way through a model's queue. */
export interface LiveJob {
  requestId: string
  /** Undefined where the handler cannot read the request, and for a DESCRIBE. */
  frames: RequestFrames | undefined
  arrivedMs: number
  /** Labels of its metrics, as written. */
  metricLabels: string
  answer(answer: FrontendAnswer): void
}
