import type { Payload } from '../../frames/payload/payload.js'
import { hostAndPort, type Endpoint } from '../../server/endpoint.js'
import { bodyParts, type BodyRequest } from '../body-parts.js'

/**
 * Builds requests as fragments, views of the shared payload for a gather-write, so that no K and no mix of frames needs
 * a copy.
 */
export interface RequestBuilder {
  /** Replaces the content of `fragments` with head and body of a request; returns the bytes of the body. */
  build(request: BodyRequest, fragments: Uint8Array[]): number
}

/**
 * Requests of one frame are stored as one buffer, because writing one buffer takes 10 % less CPU than writing two. This
 * copies the frame, so it is limited to this total size. Other requests are sent in fragments.
 */
const mostKeptBytes = 16 * 1024 * 1024

/** @param headers header fields of the settings and the token (`requestHeaders`), in place of ours of the same name */
export function requestBuilder(
  payload: Payload,
  endpoint: Pick<Endpoint, 'path' | 'host' | 'port'>,
  headers: Record<string, string>,
): RequestBuilder {
  const head = requestHead(endpoint, payload, headers)
  const batches = batchBuilder(payload, head)
  const single = payload.leads.length === 1 && !payload.variables.includes('camera')
  return single ? singleFrameBuilder(payload, batches) : batches
}

interface Kept {
  whole: Buffer
  bodyBytes: number
}

function singleFrameBuilder({ offsets }: Payload, builder: RequestBuilder): RequestBuilder {
  const kept = Array.from({ length: offsets.length - 1 }, (): Kept | undefined => undefined)
  let keptBytes = 0
  return {
    build(request, fragments) {
      const first = request.clipFrames[0]!
      const known = kept[first]
      if (known === undefined) {
        const bodyBytes = builder.build(request, fragments)
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
  const { frames, gapsFor } = bodyParts(payload)
  return {
    build(request, fragments) {
      const { clipFrames } = request
      const gaps = gapsFor(request)
      const lead = gaps[0]!
      let bodyBytes = lead.byteLength
      // Written by index and shortened only if necessary: in a closed load the array never changes its size.
      let used = 1
      for (let place = 0; place < clipFrames.length; place++) {
        const frame = frames[clipFrames[place]!]!
        const gap = gaps[place + 1]!
        bodyBytes += frame.byteLength + gap.byteLength
        fragments[used++] = frame
        if (gap.byteLength > 0) fragments[used++] = gap
      }
      fragments[0] = Buffer.concat([Buffer.from(head(bodyBytes), 'latin1'), lead])
      if (fragments.length !== used) fragments.length = used
      return bodyBytes
    },
  }
}

/** Returns the head of a request for a body size. Everything except the length is built once. */
function requestHead(
  endpoint: Pick<Endpoint, 'path' | 'host' | 'port'>,
  { contentType, headers: ofBody = {} }: Pick<Payload, 'contentType' | 'headers'>,
  headers: Record<string, string>,
): (bodyBytes: number) => string {
  const own: [string, string][] = [
    ['Host', hostAndPort(endpoint)],
    ['User-Agent', 'framestorm'],
    ['Accept', '*/*'],
    // TorchServe answers 500 to an image without a content type.
    ['Content-Type', contentType],
    ...Object.entries(ofBody),
  ]
  const replaced = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const lines = [
    `POST ${endpoint.path} HTTP/1.1`,
    ...[...own.filter(([name]) => !replaced.has(name.toLowerCase())), ...Object.entries(headers)].map(
      ([name, value]) => `${name}: ${value}`,
    ),
    'Content-Length: ',
  ]
  const start = lines.join('\r\n')
  return (bodyBytes) => `${start}${bodyBytes}\r\n\r\n`
}
