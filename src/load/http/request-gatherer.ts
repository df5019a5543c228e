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
      let bodyBytes = lead.byteLength + last.byteLength
      // Written by place and shortened only where it must be: in a closed loop the array never changes its size.
      let used = 1
      for (let place = 0; place < clipFrames.length; place++) {
        const frame = frames[clipFrames[place]!]!
        bodyBytes += frame.byteLength
        const gap = between[place]!
        if (place > 0 && gap.byteLength > 0) {
          bodyBytes += gap.byteLength
          fragments[used++] = gap
        }
        fragments[used++] = frame
      }
      if (last.byteLength > 0) fragments[used++] = last
      const first = clipFrames[0]!
      fragments[0] = kept.length === 0 ? headAndLead(bodyBytes) : (kept[first] ??= headAndLead(bodyBytes))
      if (fragments.length !== used) fragments.length = used
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
