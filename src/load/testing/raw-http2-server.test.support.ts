import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  connectionPreface,
  FrameFlag,
  FrameReader,
  FrameType,
  http2Frame,
  settingsFrame,
} from '../grpc/http2-frame.js'
import { encodeHeaders } from '../grpc/hpack.js'
import { withGrpcPrefix } from '../../frames/message/grpc-prefix.js'
import type { ConnectionTarget } from '../connection-target.js'

/** A frame that the client sent. */
export interface SentFrame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

export interface RawServer {
  target: ConnectionTarget
  /** The frames of all connections, in order. */
  frames: SentFrame[]
  connections: () => number
  close: () => Promise<void>
}

type OnFrame = (frame: SentFrame, socket: Socket, connection: number) => void

/** The settings that a server begins with. */
export const plainSettings = settingsFrame([])

/**
 * A server that reads frames and answers with whatever bytes the test writes.
 *
 * @param opening what it sends first
 */
export async function startRawServer(
  onFrame: OnFrame,
  opening: Uint8Array = plainSettings,
): Promise<RawServer> {
  const frames: SentFrame[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server: Server = createServer((socket) => {
    const connection = connections++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write(opening)
    let prefaceLeft = connectionPreface.length
    const reader = new FrameReader(({ type, flags, stream, bytes, from, to }) => {
      const frame = { type, flags, stream, payload: Buffer.from(bytes.subarray(from, to)) }
      frames.push(frame)
      onFrame(frame, socket, connection)
      return true
    })
    socket.on('data', (chunk) => {
      const skipped = Math.min(prefaceLeft, chunk.length)
      prefaceLeft -= skipped
      reader.feed(chunk.subarray(skipped), chunk.length - skipped)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    target: { address: '127.0.0.1', port },
    frames,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

export const isRequestEnd = ({ type, flags }: SentFrame) =>
  type === FrameType.data && (flags & FrameFlag.endStream) !== 0

export const answerHeaders = encodeHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
])
export const answerTrailers = encodeHeaders([['grpc-status', '0']])

/** A complete answer with this message. */
export function answerFrames(stream: number, message: string): Buffer {
  const { headers, data } = FrameType
  return Buffer.concat([
    http2Frame(headers, FrameFlag.endHeaders, stream, answerHeaders),
    http2Frame(data, 0, stream, withGrpcPrefix(Buffer.from(message))),
    http2Frame(headers, FrameFlag.endHeaders | FrameFlag.endStream, stream, answerTrailers),
  ])
}
