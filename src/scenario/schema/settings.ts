/*
 * The settings of one point, every sweep resolved: what a scenario means after its lists were expanded.
 * The words are defined in docs/words.md. Units are in the names; `undefined` means absent.
 */

export interface VideoSettings {
  /** A file, URL, rtsp://…, capture device, or `testsrc` for ffmpeg's test pattern. File paths are absolute. */
  source: string
  /** Frames to decode; all of the source where undefined. */
  frames?: number
  width: number
  height: number
  /** ffmpeg's -q:v for MJPEG: 2 (best) to 31. */
  quality: number
}

export interface TorchServeSettings {
  /** `auto` is resolved to the managed TorchServe or, where there is no Python, to the embedded server. */
  kind: 'auto' | 'torchserve'
  workers: number
  /** An own handler file in place of the one that ships. */
  handler?: string
}

export interface EmbeddedSettings {
  kind: 'embedded'
  /** Service time t(b) = tauMs + alphaMs·b, b = frames over all rows of the batch. */
  tauMs: number
  alphaMs: number
  /** Standard deviation of the service time as a share of it, 0.05 = 5 %. */
  jitter: number
  workers: number
  /** A run folder whose measured batch times replace the formula. */
  table?: string
  /** Faults on demand, `name=value` pairs as written, parsed by the embedded server. */
  faults?: Record<string, string>
}

export interface UrlSettings {
  kind: 'url'
  inferenceUrl: string
  managementUrl?: string
  metricsUrl?: string
  /** TorchServe's own log on this machine, for the batches formed. */
  logFile?: string
  /** The environment variable that holds the token; never the token itself. */
  tokenEnv?: string
  /** Change batch settings through the management API, and restore them afterwards. */
  manage: boolean
}

export type ServerSettings = TorchServeSettings | EmbeddedSettings | UrlSettings

export interface RequestShape {
  /** The name of each frame's JSON or multipart field; `{i}` is replaced by its place, from 0. */
  field: string
  /** JSON body as an object of named frames, or a plain list. */
  json: 'object' | 'list'
}

export interface AnswerShape {
  /**
   * JSON pointer (RFC 6901) to the list of per-frame results in the answer to several frames; '' is the whole
   * answer; undefined: the answer is not looked into (only its status counts).
   */
  list?: string
}

export interface ModelSettings {
  name: string
  /** `seeded`, `pretrained`, or a state-dict file. */
  weights: string
  /** The user's own .mar in place of ours. */
  archive?: string
  request: RequestShape
  answer: AnswerShape
}

export type BatchingMode = 'server' | 'client' | 'hybrid'
export type Encoding = 'raw' | 'base64' | 'multipart'

export interface BatchingSettings {
  mode: BatchingMode
  /** K: frames that travel in one request. */
  framesPerRequest: number
  /** B: requests that TorchServe joins into one batch. */
  serverBatchSize: number
  /** K × B. */
  batchSize: number
  /** Undefined where B is 1: a batch of one never waits. */
  maxBatchDelayMs?: number
  /** `raw` where K is 1. */
  encoding: Encoding
}

export interface ClosedLoad {
  kind: 'closed'
  /** A multiple of K; framesInFlight ÷ K requests are kept open. */
  framesInFlight: number
  /** Load threads; undefined (`auto`): decided in the point's first warm-up. */
  threads?: number | undefined
}

export interface QueueSettings {
  policy: 'queue' | 'drop-oldest' | 'drop-newest'
  /** Requests (server batching: frames) that may wait at the client, per edge device. */
  depth: number
}

export interface CameraLoad {
  kind: 'cameras'
  cameras: number
  fps: number
  phases: 'random' | 'aligned' | 'poisson'
  /** Requests that one camera (client batching: one edge device) may have open at once. */
  maxInFlightPerCamera: number
  queue: QueueSettings
  /** Client batching fills across the cameras of one edge device. */
  camerasPerClient: number
  /** A partial client batch is sent this long after its first frame; undefined: it waits until full. */
  fillDeadlineMs?: number
  /** Load threads; undefined (`auto`): decided in the point's first warm-up. */
  threads?: number | undefined
}

export type LoadSettings = ClosedLoad | CameraLoad

export interface MeasureSettings {
  warmupMaxS: number
  /** The window's length; ignored where `passes` is given. */
  durationS: number
  repetitions: number
  /** Client deadline of each request, from its sending. */
  deadlineMs: number
  /** Send each frame of the clip exactly this many times, instead of a window in time. */
  passes?: number
}

export interface SloSettings {
  latencyMs: number
  percentile: number
}
