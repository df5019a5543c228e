import type { Payload } from './payload.js'
import { requestFragments } from './request-fragments.js'

/** The whole body in one piece; for receivers that cannot gather. `frameIndices` are places in the clip. */
export function requestBody(payload: Payload, frameIndices: readonly number[]): Buffer {
  return Buffer.concat(requestFragments(payload, frameIndices))
}
