import type * as z from 'zod'
import type { pointBatching } from './batching.js'
import type { pointCameraLoad, pointClosedLoad, pointQueue } from './load.js'
import type { measure, slo } from './measure.js'
import type { pointModel } from './model.js'
import type { autoServer, embedded, torchserve, urlServer } from './server.js'
import type { pointVideo } from './video.js'

/*
 * The settings of one point, every sweep resolved and every default applied. The words are defined in docs/words.md.
 * Units are in the names; `undefined` means absent.
 */

export type VideoSettings = z.infer<typeof pointVideo>

/** `auto` becomes the managed TorchServe or, if Python is not installed, the embedded server when it is started. */
export type TorchServeSettings = z.infer<typeof autoServer.point> | z.infer<typeof torchserve.point>
export type EmbeddedSettings = z.infer<typeof embedded.point>
export type UrlSettings = z.infer<typeof urlServer.point>
export type ServerSettings = TorchServeSettings | EmbeddedSettings | UrlSettings

export type ModelSettings = z.infer<typeof pointModel>
export type RequestShape = ModelSettings['request']
export type AnswerShape = ModelSettings['answer']

export type BatchingSettings = z.infer<typeof pointBatching>
export type BatchingMode = BatchingSettings['mode']
export type Encoding = BatchingSettings['encoding']

export type ClosedLoad = z.infer<typeof pointClosedLoad>
export type CameraLoad = z.infer<typeof pointCameraLoad>
export type QueueSettings = z.infer<typeof pointQueue>
export type LoadSettings = ClosedLoad | CameraLoad

export type MeasureSettings = z.infer<typeof measure.point>
export type SloSettings = z.infer<typeof slo.point>
