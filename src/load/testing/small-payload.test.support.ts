import { buildPayload } from '../../frames/payload/build-payload.js'
import type { Payload } from '../../frames/payload/payload.js'
import { predictionsMessage, trackedKeys } from '../../frames/payload/predictions-payload.js'

/** A payload as the payload stage builds it, of recognisable text frames: `f0 `, `f1 ` … */
export function smallPayload(frames: number, framesPerRequest: number): Payload {
  const parts = Array.from({ length: frames }, (_, i) => Buffer.from(`f${i} `))
  const offsets = new Uint32Array(frames + 1)
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length
  const bytes = new SharedArrayBuffer(offsets[frames])
  const view = new Uint8Array(bytes)
  for (const [i, part] of parts.entries()) view.set(part, offsets[i])
  const single = framesPerRequest === 1
  return {
    encoding: single ? 'raw' : 'base64',
    contentType: single ? 'image/jpeg' : 'application/json',
    bytes,
    offsets,
    leads: Array.from({ length: framesPerRequest }, (_, place) => Buffer.from(single ? '' : `<${place}:`)),
    trails: Array.from({ length: framesPerRequest }, () => Buffer.from(single ? '' : '>')),
    end: Buffer.from(single ? '' : '.'),
    variables: [],
  }
}

/** Calls of TorchServe's Predictions with these frames. `frameBytes`: each is filled up to this size. */
export function smallCallPayload(frames: number, framesPerRequest: number, frameBytes = 0): Payload {
  const clip = Array.from({ length: frames }, (_, i) => Buffer.from(`f${i} `.padEnd(frameBytes)))
  const message = predictionsMessage({ name: 'm' }, trackedKeys)
  const request = { field: 'frame_{i}', json: 'object' } as const
  return buildPayload(clip, { encoding: 'raw', framesPerRequest, request, message })
}
