import type { Payload } from '../frames/payload/payload.js'
import type { AnswerShape, LoadSettings } from '../scenario/schema/settings.js'
import type { AnswerNumbers } from './answer/answer-deviation.js'
import type { Endpoint } from '../server/running-server.js'

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
  /** Load threads that stripe the schedule; 1 unless one core cannot keep up. */
  threads: number
}

/** Posted about four times a second; never from the path that sends. */
export interface LoadProgress {
  elapsedMs: number
  phase: 'warmup' | 'measured' | 'drain'
  framesOk: number
  framesFailed: number
  requestsInFlight: number
  /** Frames answered over the last second. */
  fpsNow: number
  /** Over the answers of the last two seconds; undefined where there were none. */
  requestLatencyP99Ms?: number
}

export interface LoadResult {
  startedAt: string
  /**
   * The measurement's start on the machine's monotonic clock (`nowUs`, CLOCK_MONOTONIC): joins our times to those
   * that a server on the same machine logs.
   */
  startedClockUs: number
  windowStartUs: number
  windowEndUs: number
  /** False where it was stopped from outside. */
  complete: boolean
  /** CPU of all load and pacer threads during the window, as a share of one core; undefined where unknown. */
  loadCpuShare?: number
}

/** Runs one measurement in its own threads and resolves when its samples are on disk. */
export type RunLoad = (
  job: LoadJob,
  options: { signal: AbortSignal; onProgress?: (progress: LoadProgress) => void },
) => Promise<LoadResult>
