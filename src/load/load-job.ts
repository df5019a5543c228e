import type { Payload } from '../frames/payload/payload.js'
import type { AnswerShape, LoadSettings } from '../scenario/plan/plan.js'
import type { AnswerNumbers } from './answer/answer-deviation.js'
import type { Endpoint } from '../server/endpoint.js'
import type { AutoThreads } from './control/auto-threads.js'

/** One measurement for the load threads: plain data and shared memory, no functions. */
export interface LoadJob {
  endpoint: Endpoint
  payload: Payload
  framesPerRequest: number
  load: LoadSettings
  phaseSeed: number
  /** Longest warm-up; it ends earlier once throughput is steady. */
  warmupMaxMs: number
  /** A window in time, or every frame of the clip a number of times, which has no warm-up. */
  extent: { durationMs: number } | { passes: number }
  /** Deadline of each request, from its sending. Mandatory, because TorchServe may never answer. */
  deadlineMs: number
  answer: AnswerShape
  /** The reference answer to each frame of the clip, with gaps; undefined: answers are not compared. */
  referenceAnswers?: AnswerNumbers[] | undefined
  sampleFile: string
  /** Load threads among which the schedule is divided; with `AutoThreads` the warm-up decides. */
  threads: number | AutoThreads
}
