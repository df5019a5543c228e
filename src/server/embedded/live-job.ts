import type { FrontendAnswer } from './frontend-answer.js'
import type { RequestFrames } from './request-frames.js'

/** One accepted prediction request on its way through a model's queue. */
export interface LiveJob {
  requestId: string
  /** Undefined if the handler cannot read the request. */
  frames: RequestFrames | undefined
  arrivedMs: number
  /** Labels of its metrics, as written. */
  metricLabels: string
  answer(answer: FrontendAnswer): void
}
