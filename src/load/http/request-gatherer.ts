import type { Payload } from '../../payload/payload.js'
import type { Endpoint } from '../../server/running-server.js'
import { requestHead } from './request-head.js'

/**
 * Puts requests together out of the payload's fragments without copying a frame: what it returns are views into
 * the one shared payload, for a gather-write.
 */
export interface RequestGatherer {
  /**
   * Replaces the content of `fragments` by head and body of a request with these frames of the clip; returns the
   * body's bytes. A partial batch has fewer frames than the payload has leads.
   */
  gather(clipFrames: readonly number[], fragments: Uint8Array[]): number
}

/** Heads of requests with a single frame are kept, one a frame; with more the lengths hardly ever repeat. */
export function requestGatherer(
  payload: Payload,
  endpoint: Endpoint,
  token: string | undefined,
): RequestGatherer {
  const frames = frameViews(payload)
  const lead = payload.leads[0] ?? new Uint8Array(0)
  const between = payload.leads.map((next) => Buffer.concat([payload.trail, next]))
  const last = Buffer.concat([payload.trail, payload.end])
  const head = requestHead(endpoint, payload.contentType, token)
  const kept: (Buffer | undefined)[] = payload.leads.length === 1 ? Array.from(frames, () => undefined) : []

  function headAndLead(bodyBytes: number): Buffer {
    return Buffer.concat([Buffer.from(head(bodyBytes), 'latin1'), lead])
  }

  return {
    gather(clipFrames, fragments) {
      const count = clipFrames.length
      const first = clipFrames[0]!
      let bodyBytes = lead.byteLength + last.byteLength
      fragments.length = 0
      for (let place = 0; place < count; place++) {
        const frame = frames[clipFrames[place]!]!
        bodyBytes += frame.byteLength
        if (place > 0) {
          const gap = between[place]!
          bodyBytes += gap.byteLength
          if (gap.byteLength > 0) fragments.push(gap)
        }
        fragments.push(frame)
      }
      if (last.byteLength > 0) fragments.push(last)
      const start = kept.length === 0 ? headAndLead(bodyBytes) : (kept[first] ??= headAndLead(bodyBytes))
      fragments.unshift(start)
      return bodyBytes
    },
  }
}

function frameViews(payload: Payload): Buffer[] {
  const { bytes, offsets } = payload
  return Array.from({ length: offsets.length - 1 }, (_, frame) =>
    Buffer.from(bytes, offsets[frame], offsets[frame + 1]! - offsets[frame]!),
  )
}
