import type { Payload } from './payload.js'

/** The whole body in one piece; for receivers that cannot gather. `frameIndices` are places in the clip. */
export function requestBody(payload: Payload, frameIndices: readonly number[]): Buffer {
  return Buffer.concat(requestFragments(payload, frameIndices))
}

/** The pieces of a request's body in order, as views of shared memory: nothing is copied. */
export function requestFragments(payload: Payload, frameIndices: readonly number[]): Uint8Array[] {
  const { leads, trail, end } = payload
  if (frameIndices.length < 1 || frameIndices.length > leads.length) {
    throw new Error(`a request carries 1 to ${leads.length} frames, not ${frameIndices.length}`)
  }
  const fragments = frameIndices.flatMap((frame, place) => [
    leads[place] ?? trail,
    encodedFrame(payload, frame),
    trail,
  ])
  return [...fragments, end].filter((fragment) => fragment.byteLength > 0)
}

function encodedFrame({ bytes, offsets }: Payload, frame: number): Uint8Array {
  const start = offsets[frame]
  const end = offsets[frame + 1]
  if (start === undefined || end === undefined) throw new Error(`there is no frame ${frame}`)
  return new Uint8Array(bytes, start, end - start)
}
