import type { Payload } from '../frames/payload/payload.js'
import type { AnswerShape, LoadSettings } from '../scenario/plan/plan.js'
import type { AnswerComparison } from './answer/classify-answer.js'
import type { Endpoint } from '../server/endpoint.js'
import type { LoadSlice } from './load-slice.js'
import type { AutoThreads } from './control/auto-threads.js'

/** One measurement for the load threads: plain data and shared memory, no functions. */
export interface LoadJob {
  endpoint: Endpoint
  payload: Payload
  framesPerRequest: number
  load: LoadSettings
  /** The clients of the load that this process sends; undefined: all of them. */
  slice?: LoadSlice | undefined
  phaseSeed: number
  /** Maximum warm-up. It ends earlier once throughput is steady. */
  warmupMaxMs: number
  /** A window of fixed length, or a number of passes over the clip, which has no warm-up. */
  extent: { durationMs: number } | { passes: number }
  /** Deadline of each request, counted from when it is sent. Mandatory, because TorchServe may never answer. */
  deadlineMs: number
  /** How answers are read: resolved before the load. */
  answer: AnswerShape
  /** Undefined if answers are not compared. */
  comparison?: AnswerComparison | undefined
  sampleFile: string
  /** Number of load threads that share the schedule. With `AutoThreads` the warm-up determines it. */
  threads: number | AutoThreads
}
