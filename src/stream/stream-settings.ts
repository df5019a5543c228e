import type { AnswerShape, Encoding, QueueSettings, RequestShape } from '../scenario/schema/settings.js'
import type { Endpoint } from '../server/endpoint.js'

export interface StreamSettings {
  endpoint: Endpoint
  /** Path of the ffmpeg program. */
  ffmpeg: string
  /** A file (played at its own pace), capture device, rtsp:// or http(s):// address, or `testsrc`. */
  input: string
  width: number
  height: number
  /** ffmpeg's -q:v for MJPEG: 2 (best) to 31. */
  quality: number
  /** Stop after so many frames; undefined: at the end of the source, or when stopped. */
  frames?: number | undefined
  /** Frames that one inference is asked to hold: by the server's batch, or by one request with client batching. */
  batchSize: number
  /** All frames of a batch travel in one request; otherwise each frame is a request of its own. */
  clientBatching: boolean
  /** `raw` only without client batching. */
  encoding: Encoding
  request: RequestShape
  answer: AnswerShape
  /** Frames answered between two FPS lines. */
  every: number
  /** Of each request, from its sending. */
  deadlineMs: number
  /**
   * Frames read and sent at the same time, a multiple of batchSize: below twice the batch, the server idles while its
   * answers travel.
   */
  framesInFlight: number
  /**
   * What happens to frames beyond those in flight when `depth` of them wait: `queue` holds the reader back, so that a
   * file loses none and a camera falls behind; the others drop and count.
   */
  queue: QueueSettings
}

/** framesRead = framesAnswered + framesFailed + framesDropped. */
export interface StreamTotals {
  framesRead: number
  framesAnswered: number
  framesFailed: number
  framesDropped: number
  /** From the first frame read to the last answer. */
  durationS: number
  /** Frames answered a second over that time; undefined where none was. */
  fps?: number
}
