/*
 * The framing layer of HTTP/2 (RFC 9113, sections 4 and 6). A frame is a head of 9 bytes (24 bits of length, type,
 * flags, 31 bits of stream id) and its payload.
 */

export const frameHeadBytes = 9

/** The largest payload that every peer accepts without being asked (SETTINGS_MAX_FRAME_SIZE, RFC 9113, 6.5.2). */
export const mostFrameBytes = 16_384

export const FrameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** `ack` is for SETTINGS and PING and has the value of `endStream`. */
export const FrameFlag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
} as const

/** Flow-control window of a stream and of a connection before any setting (RFC 9113, 6.9.2). */
export const defaultWindowBytes = 65_535

export const connectionPreface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Error codes (RFC 9113, section 7), by number. */
const errorCodes = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const

export const ErrorCode = { refusedStream: 7, cancel: 8 } as const

export function errorCodeName(code: number): string {
  return errorCodes[code] ?? `error code ${code}`
}

/** Writes the head of a frame at `at`. */
export function writeFrameHead(
  bytes: Buffer,
  at: number,
  { length, type, flags, stream }: { length: number; type: number; flags: number; stream: number },
): void {
  bytes.writeUIntBE(length, at, 3)
  bytes[at + 3] = type
  bytes[at + 4] = flags
  bytes.writeUInt32BE(stream, at + 5)
}

/** A whole frame. */
export function http2Frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length)
  writeFrameHead(frame, 0, { length: payload.length, type, flags, stream })
  frame.set(payload, frameHeadBytes)
  return frame
}

export function settingsFrame(settings: readonly (readonly [setting: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length)
  for (const [index, [setting, value]] of settings.entries()) {
    payload.writeUInt16BE(setting, 6 * index)
    payload.writeUInt32BE(value, 6 * index + 2)
  }
  return http2Frame(FrameType.settings, 0, 0, payload)
}

/** WINDOW_UPDATE and RST_STREAM: a frame whose payload is one number. */
export function numberFrame(type: 3 | 8, stream: number, value: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(value)
  return http2Frame(type, 0, stream, payload)
}

export interface ReceivedFrame {
  type: number
  flags: number
  stream: number
  /** The payload is bytes[from, to): valid until the next read. */
  bytes: Uint8Array
  from: number
  to: number
}

/**
 * Cuts received bytes into frames, however they are split. `onFrame` gets the same object each time, overwritten, and
 * returns false to stop.
 */
export class FrameReader {
  /** Set when the bytes are no frames that we accept. No frame follows. */
  problem: string | undefined
  private readonly onFrame: (frame: ReceivedFrame) => boolean
  private readonly frame: ReceivedFrame = {
    type: 0,
    flags: 0,
    stream: 0,
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
  }
  /** The beginning of a frame whose end has not arrived. */
  private kept: Uint8Array | undefined
  private keptBytes = 0

  constructor(onFrame: (frame: ReceivedFrame) => boolean) {
    this.onFrame = onFrame
  }

  feed(bytes: Uint8Array, length: number): void {
    let at = 0
    while (this.keptBytes > 0 && at < length) {
      const used = this.complete(bytes, at, length)
      if (used < 0) return
      at += used
    }
    while (at + frameHeadBytes <= length) {
      const end = at + frameHeadBytes + payloadBytes(bytes, at)
      if (end - at - frameHeadBytes > mostFrameBytes) return this.refuse(bytes, at)
      if (end > length) break
      if (!this.emit(bytes, at, end)) return
      at = end
    }
    if (at < length) this.keep(bytes, at, length)
  }

  /** Adds to the frame that is kept, and passes it on when it is whole. Returns the bytes used; −1 to stop. */
  private complete(bytes: Uint8Array, from: number, to: number): number {
    const before = this.keptBytes
    const wanted = before < frameHeadBytes ? frameHeadBytes : frameHeadBytes + payloadBytes(this.kept!, 0)
    const used = Math.min(to - from, wanted - before)
    this.keep(bytes, from, from + used)
    if (this.keptBytes < frameHeadBytes) return used
    const payload = payloadBytes(this.kept!, 0)
    if (payload > mostFrameBytes) {
      this.refuse(this.kept!, 0)
      return -1
    }
    const whole = frameHeadBytes + payload
    if (this.keptBytes < whole) return used
    this.keptBytes = 0
    return this.emit(this.kept!, 0, whole) ? used : -1
  }

  private keep(bytes: Uint8Array, from: number, to: number): void {
    this.kept ??= new Uint8Array(frameHeadBytes + mostFrameBytes)
    this.kept.set(bytes.subarray(from, to), this.keptBytes)
    this.keptBytes += to - from
  }

  private emit(bytes: Uint8Array, at: number, end: number): boolean {
    const { frame } = this
    frame.type = bytes[at + 3]!
    frame.flags = bytes[at + 4]!
    frame.stream = readUint31(bytes, at + 5)
    frame.bytes = bytes
    frame.from = at + frameHeadBytes
    frame.to = end
    return this.onFrame(frame)
  }

  private refuse(bytes: Uint8Array, at: number): void {
    this.problem = `a frame of ${payloadBytes(bytes, at)} bytes, which is more than ${mostFrameBytes}`
  }
}

function payloadBytes(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

/** A number of 31 bits; the bit before it is reserved and ignored. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
