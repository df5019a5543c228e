import type { Payload } from '../frames/payload/payload.js'
import type { AnswerShape, LoadSettings } from '../scenario/schema/settings.js'
import type { AnswerNumbers } from './answer/answer-deviation.js'
import type { Endpoint } from '../server/endpoint.js'
import type { AutoThreads } from './control/auto-threads.js'

/** One measurement as the load threads need it: plain data and shared memory, nothing to call. */
export interface LoadJob {
  endpoint: Endpoint
  payload: Payload
  framesPerRequest: number
  load: LoadSettings
  phaseSeed: number
  /** Upper bound of the warm-up; it ends earlier once throughput is steady. */
  warmupMaxMs: number
  /** A window in time, or every frame of the clip a number of times (no warm-up in that case). */
  extent: { durationMs: number } | { passes: number }
  /** Mandatory: TorchServe can leave a client hanging for ever. */
  deadlineMs: number
  answer: AnswerShape
  /** The right answer to each frame of the clip, by label; answers are compared with it where it is given. */
  referenceAnswers?: AnswerNumbers[]
  sampleFile: string
  /** Load threads among which the schedule is divided; with `AutoThreads` the warm-up decides. */
  threads: number | AutoThreads
}
