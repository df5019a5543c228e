import type { HeaderFields } from '../../server/grpc-response.js'
import { decodeHeaders } from './hpack.js'
import { FrameFlag, FrameType, type ReceivedFrame } from './http2-frame.js'

/** Servers send header blocks of up to 8 KB. */
const mostBlockBytes = 65_536

export interface DecodedHeaders {
  stream: number
  fields: HeaderFields
  endStream: boolean
}

/**
 * Joins HEADERS and CONTINUATION (RFC 9113, 6.2 and 6.10) and decodes them. The last block of each kind is remembered,
 * because most answers have the same header fields, and all good ones the same trailers.
 */
export class HeaderBlocks {
  private open: { stream: number; endStream: boolean; bytes: Buffer } | undefined
  private readonly remembered: ({ bytes: Buffer; fields: HeaderFields } | undefined)[] = [
    undefined,
    undefined,
  ]

  /** True if only CONTINUATION of this stream may follow. */
  get isOpen(): boolean {
    return this.open !== undefined
  }

  /** Undefined if more has to follow; a text if the frame is malformed. */
  feed(frame: ReceivedFrame): DecodedHeaders | string | undefined {
    const { type, flags, stream, bytes } = frame
    const isFirst = type === FrameType.headers
    if (isFirst === this.isOpen || (!isFirst && this.open!.stream !== stream)) {
      return 'header fields of two streams are mixed'
    }
    const range = isFirst ? unpadded(frame) : frame
    if (range === undefined) return 'a HEADERS frame is shorter than its padding'
    const endStream = isFirst ? (flags & FrameFlag.endStream) !== 0 : this.open!.endStream
    if (isFirst && (flags & FrameFlag.endHeaders) !== 0) {
      return this.decode(bytes, range.from, range.to, { stream, endStream })
    }
    const part = bytes.subarray(range.from, range.to)
    const whole = Buffer.concat(isFirst ? [part] : [this.open!.bytes, part])
    if (whole.length > mostBlockBytes) return `header fields of more than ${mostBlockBytes} bytes`
    if ((flags & FrameFlag.endHeaders) === 0) {
      this.open = { stream, endStream, bytes: whole }
      return undefined
    }
    this.open = undefined
    return this.decode(whole, 0, whole.length, { stream, endStream })
  }

  private decode(
    bytes: Uint8Array,
    from: number,
    to: number,
    { stream, endStream }: Omit<DecodedHeaders, 'fields'>,
  ): DecodedHeaders | string {
    const kind = endStream ? 1 : 0
    const known = this.remembered[kind]
    if (known !== undefined && isSame(known.bytes, bytes, from, to)) {
      return { stream, fields: known.fields, endStream }
    }
    const fields = decodeHeaders(bytes, from, to)
    if (fields === undefined) return 'its header fields cannot be decoded (HPACK)'
    this.remembered[kind] = { bytes: Buffer.from(bytes.subarray(from, to)), fields }
    return { stream, fields, endStream }
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false
  return true
}

/** The payload of HEADERS or DATA without padding and priority; undefined if it is shorter than these. */
export function unpadded({
  type,
  flags,
  bytes,
  from,
  to,
}: ReceivedFrame): { from: number; to: number } | undefined {
  let start = from
  let end = to
  if ((flags & FrameFlag.padded) !== 0) end -= bytes[start++]!
  if (type === FrameType.headers && (flags & FrameFlag.priority) !== 0) start += 5
  return start > end ? undefined : { from: start, to: end }
}
