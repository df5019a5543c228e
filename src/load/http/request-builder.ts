import { bodyGaps, type Payload } from '../../frames/payload/payload.js'
import { hostAndPort, type Endpoint } from '../../server/endpoint.js'

/** What a body depends on. */
export interface BodyRequest {
  /** Indices into the clip. In a partial batch there are fewer than leads in the payload. */
  clipFrames: readonly number[]
  /** Edge device or request loop. A closed load has no cameras, so its loop takes the place of one. */
  client: number
  /** The captured frames, in the order of `clipFrames`; undefined in a closed load. */
  frames?: readonly { camera: number }[] | undefined
}

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
  const head = requestHead(endpoint, payload.contentType, headers)
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
  const frames = frameViews(payload)
  const gapsOf = gapBuilder(payload)
  return {
    build(request, fragments) {
      const { clipFrames } = request
      const gaps = gapsOf(request)
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

/** Partial batches of up to this many frames are rendered once, so that the memory for them stays small. */
const longestKeptPartial = 256

/** Gives the bytes between the frames of a request: rendered once, unless they hold the numbers of cameras. */
function gapBuilder(payload: Payload): (request: BodyRequest) => readonly Buffer[] {
  if (payload.variables.includes('camera')) {
    return ({ clipFrames, client, frames }) =>
      bodyGaps(payload, clipFrames.length, (place) => frames?.[place]?.camera ?? client)
  }
  const full = payload.leads.length
  const ofLength = Array.from({ length: full + 1 }, (): readonly Buffer[] | undefined => undefined)
  ofLength[full] = bodyGaps(payload, full)
  return ({ clipFrames: { length } }) => {
    const known = ofLength[length]
    if (known !== undefined) return known
    const gaps = bodyGaps(payload, length)
    if (length <= longestKeptPartial) ofLength[length] = gaps
    return gaps
  }
}

function frameViews({ bytes, offsets }: Payload): Buffer[] {
  return Array.from({ length: offsets.length - 1 }, (_, frame) =>
    Buffer.from(bytes, offsets[frame], offsets[frame + 1]! - offsets[frame]!),
  )
}

/** Returns the head of a request for a body size. Everything except the length is built once. */
function requestHead(
  endpoint: Pick<Endpoint, 'path' | 'host' | 'port'>,
  contentType: string,
  headers: Record<string, string>,
): (bodyBytes: number) => string {
  const own: [string, string][] = [
    ['Host', hostAndPort(endpoint)],
    ['User-Agent', 'framestorm'],
    ['Accept', '*/*'],
    // TorchServe answers 500 to an image without a content type.
    ['Content-Type', contentType],
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
