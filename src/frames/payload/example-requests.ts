import { buildPayload } from './build-payload.js'
import { describeBody } from './describe-body.js'
import { pointMessage } from './point-message.js'
import type { PlannedPoint, VideoSettings } from '../../scenario/plan/plan.js'

/** A frame of each video, by `videoKey`. */
export type FirstFrames = ReadonlyMap<string, Uint8Array>

export function videoKey(video: VideoSettings): string {
  return JSON.stringify(video)
}

/** The body of a request as it will be sent, as text for people. */
export interface ExampleRequest {
  /** The number of the point. */
  point: number
  framesPerRequest: number
  contentType: string
  body: string
}

/**
 * One example per kind of body in a plan, with the most frames that it has there: each request template or naming of
 * frames, in each encoding. Frames of a video that was not decoded are shown without a size.
 */
export function exampleRequests(
  points: readonly PlannedPoint[],
  firstFrames?: FirstFrames,
): ExampleRequest[] {
  const largest = new Map<string, PlannedPoint>()
  for (const point of points) {
    const { encoding, framesPerRequest, protocol } = point.batching
    // A raw body has no names in it.
    const isBare = encoding === 'raw' && protocol === undefined
    const key = JSON.stringify([protocol, encoding, isBare ? undefined : point.model.request])
    if (framesPerRequest > (largest.get(key)?.batching.framesPerRequest ?? 0)) largest.set(key, point)
  }
  return [...largest.values()].map((point) => {
    const { id, video, model, batching } = point
    const { encoding, framesPerRequest } = batching
    const message = pointMessage(point)
    const frame = firstFrames?.get(videoKey(video)) ?? new Uint8Array(0)
    const payload = buildPayload([frame], { encoding, framesPerRequest, request: model.request, message })
    const frames = Array.from({ length: framesPerRequest }, () => 0)
    const body = describeBody(payload, frames)
    return { point: id, framesPerRequest, contentType: payload.contentType, body }
  })
}
