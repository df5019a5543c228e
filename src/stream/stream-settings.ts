import {
  defaults,
  type AnswerSetting,
  type Encoding,
  type QueueSettings,
  type RequestShape,
  type VideoSettings,
} from '../scenario/plan/plan.js'
import type { RequestMessage } from '../frames/payload/build-payload.js'
import type { Endpoint } from '../server/endpoint.js'

export interface StreamSettings extends Pick<
  VideoSettings,
  'width' | 'height' | 'fit' | 'stream' | 'transport'
> {
  endpoint: Endpoint
  /** Path of the ffmpeg program. */
  ffmpeg: string
  /** A file (played at its own frame rate), a capture device, an address, or `testsrc`. */
  input: string
  /** Options of ffmpeg for the input, as `video.input` of a scenario. */
  inputOptions?: VideoSettings['input']
  /** True for a source that sends at its own pace: a camera. */
  isLive: boolean
  /** ffmpeg's -q:v for MJPEG: 2 (best) to 31. */
  quality: number
  /** Stop after this many frames. Undefined: stop at the end of the source or after an abort. */
  frames?: number | undefined
  /** Frames per inference, K × B: formed by the server or, with client batching, in one request. */
  batchSize: number
  /** True: one request carries all frames of a batch. False: one request per frame. */
  clientBatching: boolean
  /** `raw` only for requests of one frame. */
  encoding: Encoding
  request: RequestShape
  /** Over gRPC: the message in which the frames travel. */
  message?: RequestMessage | undefined
  /** `auto`: learned from the first answer to several frames. */
  answer: AnswerSetting
  /** Number of answered frames between two FPS lines. */
  every: number
  /** Deadline of each request, counted from when it is sent. */
  deadlineMs: number
  /**
   * Frames in flight, a multiple of batchSize. With less than twice the batch size, the server is idle while its
   * answers are transferred.
   */
  framesInFlight: number
  /**
   * What happens to a frame while `depth` frames wait. With `queue` the reader waits, so that no frame of a file is
   * lost and a camera falls behind. The other policies drop frames and count them.
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
  /** Answered frames per second over that time; undefined if none was answered. */
  fps?: number | undefined
}

type Defaults = Pick<
  StreamSettings,
  'encoding' | 'request' | 'answer' | 'every' | 'deadlineMs' | 'framesInFlight' | 'queue'
>

/** The settings that the command line does not set. */
export function streamDefaults(
  choice: Pick<StreamSettings, 'isLive' | 'batchSize' | 'clientBatching'>,
): Defaults {
  const { isLive, batchSize, clientBatching } = choice
  return {
    encoding: clientBatching && batchSize > 1 ? 'base64' : 'raw',
    request: defaults.request,
    answer: defaults.answer,
    every: 20,
    deadlineMs: defaults.measure.deadlineMs,
    // One batch in inference and one in transit: a server with one worker is never idle.
    framesInFlight: 2 * batchSize,
    // A camera cannot wait, and its newest frame is the most important one. A file must not lose frames.
    queue: { policy: isLive ? 'drop-oldest' : 'queue', depth: 2 * batchSize },
  }
}
