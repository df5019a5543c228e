import type { Payload } from '../../frames/payload/payload.js'
import { hostAndPort, type Endpoint } from '../../server/endpoint.js'

/**
 * Builds requests as fragments, views of the shared payload for a gather-write, so that no K and no mix of frames needs
 * a copy.
 */
export interface RequestBuilder {
  /**
   * Replaces the content of `fragments` with head and body of a request with these clip frames; returns the bytes of
   * the body. In a partial batch there are fewer frames than leads in the payload.
   */
  build(clipFrames: readonly number[], fragments: Uint8Array[]): number
}

/**
 * Requests of one frame are stored as one buffer, because writing one buffer takes 10 % less CPU than writing two. This
 * copies the frame, so it is limited to this total size. Other requests are sent in fragments.
 */
const mostKeptBytes = 16 * 1024 * 1024

export function requestBuilder(
  payload: Payload,
  endpoint: Endpoint,
  token: string | undefined,
): RequestBuilder {
  const head = requestHead(endpoint, payload.contentType, token)
  const batches = batchBuilder(payload, head)
  return payload.leads.length === 1 ? singleFrameBuilder(payload, batches) : batches
}

interface Kept {
  whole: Buffer
  bodyBytes: number
}

function singleFrameBuilder({ offsets }: Payload, builder: RequestBuilder): RequestBuilder {
  const kept = Array.from({ length: offsets.length - 1 }, (): Kept | undefined => undefined)
  let keptBytes = 0
  return {
    build(clipFrames, fragments) {
      const first = clipFrames[0]!
      const known = kept[first]
      if (known === undefined) {
        const bodyBytes = builder.build(clipFrames, fragments)
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

function batchBuilder(payload: Payload, head: (bodyBytes: number) => string): RequestBuilder {
  const frames = frameViews(payload)
  const lead = payload.leads[0] ?? new Uint8Array(0)
  const between = payload.leads.map((next) => Buffer.concat([payload.trail, next]))
  const last = Buffer.concat([payload.trail, payload.end])
  return {
    build(clipFrames, fragments) {
      let bodyBytes = lead.byteLength + last.byteLength
      // Written by index and shortened only if necessary: in a closed load the array never changes its size.
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

/** Returns the head of a request for a body size. Everything except the length is built once. */
function requestHead(
  endpoint: Endpoint,
  contentType: string,
  token: string | undefined,
): (bodyBytes: number) => string {
  const lines = [
    `POST ${endpoint.path} HTTP/1.1`,
    `Host: ${hostAndPort(endpoint)}`,
    'User-Agent: framestorm',
    'Accept: */*',
    // TorchServe answers 500 to an image without a content type.
    `Content-Type: ${contentType}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    'Content-Length: ',
  ]
  const start = lines.join('\r\n')
  return (bodyBytes) => `${start}${bodyBytes}\r\n\r\n`
}
