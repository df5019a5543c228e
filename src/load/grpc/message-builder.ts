import { randomFillSync } from 'node:crypto'
import type { Payload } from '../../frames/payload/payload.js'
import { callHeaders, type CalledServer } from '../../server/send-grpc.js'
import { bodyParts, type BodyRequest } from '../body-parts.js'
import { encodeHeaders } from './hpack.js'
import { frameRequest, writeText, type FramedRequest, type OutgoingMessage } from './send-message.js'

/** Builds calls as header fields and a message in pieces, which are views of the shared payload. */
export interface MessageBuilder {
  /** Fills header block and message; returns the bytes of the message. `requestId` gets 16 bytes if it carries an id. */
  build: (request: BodyRequest, message: OutgoingMessage, requestId: Uint8Array) => number
}

/**
 * Calls of one frame are kept as one buffer, because writing one buffer takes less CPU than writing a piece for each
 * frame of HTTP/2. This copies the video frame, so it is limited to this total size.
 */
const mostKeptBytes = 16 * 1024 * 1024

/** @param headers metadata: header fields of the settings and the token (`requestHeaders`) */
export function messageBuilder(
  payload: Payload,
  endpoint: CalledServer,
  { headers, deadlineMs }: { headers: Record<string, string>; deadlineMs: number },
): MessageBuilder {
  const headerBlock = encodeHeaders(
    callHeaders(
      endpoint,
      { ...payload.headers, ...headers },
      { contentType: payload.contentType, deadlineMs },
    ),
  )
  const { frames, gapsFor } = bodyParts(payload)
  const carriesId = (payload.numbers ?? []).some(({ value }) => value === 'requestId')
  const nextId = requestIds()
  const kept =
    payload.leads.length === 1 && !payload.variables.includes('camera') ? keptCalls(payload) : undefined

  function fillPieces(request: BodyRequest, pieces: Uint8Array[], requestId: Uint8Array): number {
    const { clipFrames } = request
    const gaps = gapsFor(request, requestId)
    let bytes = gaps[0]!.byteLength
    let used = 0
    pieces[used++] = gaps[0]!
    for (let place = 0; place < clipFrames.length; place++) {
      const frame = frames[clipFrames[place]!]!
      const gap = gaps[place + 1]!
      bytes += frame.byteLength + gap.byteLength
      pieces[used++] = frame
      if (gap.byteLength > 0) pieces[used++] = gap
    }
    if (pieces.length !== used) pieces.length = used
    return bytes
  }

  return {
    build(request, message, requestId) {
      if (carriesId) nextId(requestId)
      message.headerBlock = headerBlock
      message.framed = kept?.find(request.clipFrames[0]!, requestId)
      if (message.framed !== undefined) return (message.messageBytes = message.framed.messageBytes)
      message.messageBytes = fillPieces(request, message.pieces, requestId)
      if (kept !== undefined) message.framed = kept.add(request.clipFrames[0]!, message)
      return message.messageBytes
    },
  }
}

/** Gives each request an id: eight random bytes, the same for all of them, and a number. */
function requestIds(): (id: Uint8Array) => void {
  const first = Buffer.alloc(16)
  randomFillSync(first, 0, 12)
  let number = 0
  return (id) => {
    first.writeUInt32BE(number++ >>> 0, 12)
    id.set(first)
  }
}

/**
 * Calls of single frames in one buffer each, by clip frame. A buffer that the system has not taken yet must not change, so
 * its frame gets a new one.
 */
function keptCalls({ numbers = [] }: Payload) {
  const kept: ({ framed: FramedRequest; idAt: number | undefined } | undefined)[] = []
  let keptBytes = 0
  const id = numbers.find(({ value }) => value === 'requestId')
  return {
    find(clipFrame: number, requestId: Uint8Array): FramedRequest | undefined {
      const call = kept[clipFrame]
      if (call === undefined || call.framed.isPending) return undefined
      call.framed.isPending = true
      if (call.idAt !== undefined) writeText(call.framed, call.idAt, hexOf(requestId))
      return call.framed
    },
    add(
      clipFrame: number,
      { headerBlock, pieces, messageBytes }: OutgoingMessage,
    ): FramedRequest | undefined {
      if (kept[clipFrame] === undefined) {
        if (keptBytes + messageBytes > mostKeptBytes) return undefined
        keptBytes += messageBytes
      }
      const framed = frameRequest(headerBlock, pieces)
      const idAt = id && (id.gap === 0 ? 0 : pieces[0]!.length + pieces[1]!.length) + id.at
      kept[clipFrame] = { framed, idAt }
      return framed
    },
  }
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
