import type { Payload } from '../../frames/payload/payload.js'
import type { Endpoint } from '../../server/endpoint.js'
import { requestHead } from './request-head.js'

/**
 * Puts requests together out of the payload's fragments: views into the one shared payload, for a gather-write, so
 * that any K and any mix of frames costs no copy.
 */
export interface RequestGatherer {
  /**
   * Replaces the content of `fragments` by head and body of a request with these frames of the clip; returns the
   * body's bytes. A partial batch has fewer frames than the payload has leads.
   */
  gather(clipFrames: readonly number[], fragments: Uint8Array[]): number
}

/**
 * A request of one frame may be kept as one piece, as the system takes one piece for a tenth less CPU than two. That
 * is a copy of the frame, so it stops at this size for all frames together; the rest are gathered.
 */
const mostKeptBytes = 16 * 1024 * 1024

export function requestGatherer(
  payload: Payload,
  endpoint: Endpoint,
  token: string | undefined,
): RequestGatherer {
  const head = requestHead(endpoint, payload.contentType, token)
  const batches = batchGatherer(payload, head)
  return payload.leads.length === 1 ? singleGatherer(payload, batches) : batches
}

interface Kept {
  whole: Buffer
  bodyBytes: number
}

function singleGatherer({ offsets }: Payload, gatherer: RequestGatherer): RequestGatherer {
  const kept = Array.from({ length: offsets.length - 1 }, (): Kept | undefined => undefined)
  let keptBytes = 0
  return {
    gather(clipFrames, fragments) {
      const first = clipFrames[0]!
      const known = kept[first]
      if (known === undefined) {
        const bodyBytes = gatherer.gather(clipFrames, fragments)
        if (keptBytes + bodyBytes <= mostKeptBytes) {
          kept[first] = { whole: Buffer.concat(fragments), bodyBytes }
          keptBytes += bodyBytes
        }
        return bodyBytes
      }
      fragments[0] = known.whole
      if (fragments.length > 1) fragments.length = 1
      return known.bodyBytes
    },
  }
}

function batchGatherer(payload: Payload, head: (bodyBytes: number) => string): RequestGatherer {
  const frames = frameViews(payload)
  const lead = payload.leads[0] ?? new Uint8Array(0)
  const between = payload.leads.map((next) => Buffer.concat([payload.trail, next]))
  const last = Buffer.concat([payload.trail, payload.end])
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
      fragments[0] = Buffer.concat([Buffer.from(head(bodyBytes), 'latin1'), lead])
      if (fragments.length !== used) fragments.length = used
      return bodyBytes
    },
  }
}

function frameViews({ bytes, offsets }: Payload): Buffer[] {
  return Array.from({ length: offsets.length - 1 }, (_, frame) =>
    Buffer.from(bytes, offsets[frame], offsets[frame + 1]! - offsets[frame]!),
  )
}
