import type { Socket } from 'node:net'
import { FrameFlag, frameHeadBytes, FrameType, mostFrameBytes, writeFrameHead } from './http2-frame.js'

/**
 * A request as the frames in which it is sent: one HEADERS, and DATA of `mostFrameBytes` each, the last one shorter. Only
 * the stream ids in the heads of the frames change from one sending to the next.
 */
export interface FramedRequest {
  bytes: Buffer
  /** Bytes of the HEADERS frame. */
  headersBytes: number
  messageBytes: number
  /** True from when it is prepared until the system has taken all bytes. Until then they must not change. */
  isPending: boolean
}

/** The part of a request that is sent, and how much of it is left. Filled before each sending. */
export interface OutgoingMessage {
  /** Stream id. */
  id: number
  /** What the server's window of this stream still allows. */
  window: number
  /** The encoded header fields. */
  headerBlock: Uint8Array
  /** The gRPC message with its prefix, in pieces. Unused if `framed` is set. */
  pieces: Uint8Array[]
  /** Bytes of the message with its prefix. */
  messageBytes: number
  framed: FramedRequest | undefined
  /** Bytes of the message that are not sent yet. They begin in pieces[piece] at `offset`. */
  left: number
  piece: number
  offset: number
}

/** What the server's window of the connection still allows. */
export interface ConnectionWindow {
  sendWindow: number
}

type Output = Pick<Socket, 'write' | 'writableLength'>

/** The frames of a request in one buffer. */
export function frameRequest(headerBlock: Uint8Array, pieces: readonly Uint8Array[]): FramedRequest {
  const message = Buffer.concat(pieces)
  const parts: Uint8Array[] = [
    frameHead(FrameType.headers, FrameFlag.endHeaders, 0, headerBlock.length),
    headerBlock,
  ]
  for (let at = 0; at < message.length; at += mostFrameBytes) {
    const end = Math.min(message.length, at + mostFrameBytes)
    const flags = end === message.length ? FrameFlag.endStream : 0
    parts.push(frameHead(FrameType.data, flags, 0, end - at), message.subarray(at, end))
  }
  const headersBytes = frameHeadBytes + headerBlock.length
  // Not a slice of Node's pool, because it is kept.
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { bytes, headersBytes, messageBytes: message.length, isPending: true }
}

function frameHead(type: number, flags: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes)
  writeFrameHead(head, 0, { length, type, flags, stream })
  return head
}

const framedStep = frameHeadBytes + mostFrameBytes

/** Writes ASCII characters at a place of the message, which may lie in two frames. */
export function writeText({ bytes, headersBytes }: FramedRequest, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const place = at + index
    const heads = frameHeadBytes * (1 + Math.floor(place / mostFrameBytes))
    bytes[headersBytes + heads + place] = text.charCodeAt(index)
  }
}

/** Sends the request, or as much of it as the windows of stream and connection allow. */
export function beginMessage(socket: Socket, connection: ConnectionWindow, message: OutgoingMessage): void {
  const { framed, messageBytes, id } = message
  message.left = messageBytes
  message.piece = 0
  message.offset = 0
  if (framed !== undefined && messageBytes <= message.window && messageBytes <= connection.sendWindow) {
    const { bytes, headersBytes } = framed
    bytes.writeUInt32BE(id, 5)
    for (let at = headersBytes; at < bytes.length; at += framedStep) bytes.writeUInt32BE(id, at + 5)
    message.left = 0
    message.window -= messageBytes
    connection.sendWindow -= messageBytes
    socket.write(bytes)
    framed.isPending = socket.writableLength > 0
    return
  }
  if (framed !== undefined) takePieces(message, framed)
  const { headerBlock } = message
  socket.cork()
  socket.write(
    Buffer.concat([frameHead(FrameType.headers, FrameFlag.endHeaders, id, headerBlock.length), headerBlock]),
  )
  continueMessage(socket, connection, message)
  socket.uncork()
  if (framed !== undefined) framed.isPending = socket.writableLength > 0 || message.left > 0
}

function takePieces(message: OutgoingMessage, { bytes, headersBytes }: FramedRequest): void {
  message.pieces.length = 0
  for (let at = headersBytes; at < bytes.length; at += framedStep) {
    message.pieces.push(bytes.subarray(at + frameHeadBytes, at + framedStep))
  }
}

/** Sends more of a message, as far as the windows allow. */
export function continueMessage(
  socket: Output,
  connection: ConnectionWindow,
  message: OutgoingMessage,
): void {
  /** The head of full frames, of which a request of many frames has many. */
  let fullHead: Buffer | undefined
  while (message.left > 0) {
    const length = Math.min(message.left, mostFrameBytes, message.window, connection.sendWindow)
    if (length <= 0) return
    message.left -= length
    message.window -= length
    connection.sendWindow -= length
    if (length === mostFrameBytes && message.left > 0) {
      fullHead ??= frameHead(FrameType.data, 0, message.id, length)
      socket.write(fullHead)
    } else {
      const flags = message.left === 0 ? FrameFlag.endStream : 0
      socket.write(frameHead(FrameType.data, flags, message.id, length))
    }
    writePieces(socket, message, length)
  }
}

function writePieces(socket: Output, message: OutgoingMessage, length: number): void {
  for (let rest = length; rest > 0;) {
    const piece = message.pieces[message.piece]!
    const end = Math.min(piece.length, message.offset + rest)
    socket.write(end - message.offset === piece.length ? piece : piece.subarray(message.offset, end))
    rest -= end - message.offset
    message.offset = end
    if (end < piece.length) return
    message.piece++
    message.offset = 0
  }
}
