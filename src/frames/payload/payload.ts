import type { Encoding } from '../../scenario/plan/plan.js'

/**
 * Every frame of the clip, encoded once in shared memory. Requests, connections and threads read it without a copy. The
 * body of a request with frames i₁…iₖ is `leads[0] + frame(i₁) + trails[0] + leads[1] + frame(i₂) + trails[1] + … +
 * end`.
 *
 * In messages (gRPC, binary tensors) a frame is preceded by its length. These bytes depend on nothing but the frame, so
 * they are a part of it in `bytes`. All else that depends on the frames of a request is in `numbers`: each has a
 * constant place and width. So a request is always its gaps (constant per number of frames, and copied only to write the
 * numbers into the first two of them) and views of `bytes`. The body of a gRPC call begins with the five bytes of its
 * prefix.
 */
export interface Payload {
  encoding: Encoding
  contentType: string
  /** All encoded frames, back to back. */
  bytes: SharedArrayBuffer
  /** Frame i lies at offsets[i] … offsets[i + 1]; length is frames + 1. */
  offsets: Uint32Array
  /** The bytes before frame j of a request; length is framesPerRequest. */
  leads: Uint8Array[]
  /** The bytes after frame j of a request; length is framesPerRequest. */
  trails: Uint8Array[]
  end: Uint8Array
  /** Written into the gaps of each request. A payload with numbers has no variables. */
  numbers?: readonly SentNumber[] | undefined
  /** Bytes of `bytes` that precede an empty frame: those of its length. Absent: none. */
  framingBytes?: number | undefined
  /** The gaps of a request with all its frames as text for people; absent if they are text themselves. */
  shownGaps?: readonly string[] | undefined
  /** Header fields of a request besides its content type. */
  headers?: Readonly<Record<string, string>> | undefined
  /** The variables whose marks stand in leads, trails and end. Their values are known only when a request is sent. */
  variables: readonly SentVariable[]
}

/** `count`: the frames of the request. `camera`: the camera of a frame. */
export type SentVariable = keyof typeof variableMarks

/** The byte that stands for a variable. Neither byte occurs in UTF-8 text (RFC 3629, section 1). */
export const variableMarks = { count: 0xfe, camera: 0xff } as const

/** A number whose value is known only when a request is sent. */
export interface SentNumber {
  /** The gap in which it stands. */
  gap: 0 | 1
  /** Its place in this gap, for a request of any number of frames. */
  at: number
  form: keyof typeof numberWidths
  /**
   * `requestId`: the 16 bytes that the client makes up, as 32 hexadecimal digits. `bytesAfter`: the bytes of the body
   * without its first so many.
   */
  value: 'count' | 'requestId' | { bytesAfter: number }
}

/**
 * Bytes of a number in each form: `uint32` is big-endian, a `varint` is filled up with continuation bytes, which every
 * parser of protobuf accepts up to ten bytes (protobuf.dev, "Base 128 Varints"), and a `decimal` begins with spaces.
 */
export const numberWidths = { uint32: 4, varint: 5, decimal: 10, hex: 32 } as const

/** What the numbers of a request are made of. */
export interface NumberValues {
  /** Frames of the request. */
  count: number
  bodyBytes: number
  /** 16 bytes; all 0 if the request has no id. */
  requestId?: Uint8Array | undefined
}

/** Writes the numbers of a request into its gaps, which must be its own copies (the first two suffice). */
export function writeNumbers(
  numbers: readonly SentNumber[],
  gaps: readonly Buffer[],
  { count, bodyBytes, requestId }: NumberValues,
): void {
  for (const { gap, at, form, value } of numbers) {
    const target = gaps[gap]!
    if (value === 'requestId') {
      const hex = requestId === undefined ? '' : Buffer.from(requestId).toString('hex')
      target.write(hex.padEnd(numberWidths.hex, '0'), at, 'latin1')
      continue
    }
    const number = value === 'count' ? count : bodyBytes - value.bytesAfter
    if (form === 'uint32') target.writeUInt32BE(number, at)
    else if (form === 'varint') writeVarint(target, at, number)
    else target.write(String(number).padStart(numberWidths[form]), at, 'latin1')
  }
}

function writeVarint(target: Buffer, at: number, value: number): void {
  const last = at + numberWidths.varint - 1
  let rest = value
  for (let place = at; place < last; place++) {
    target[place] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[last] = rest
}

/** Gives the camera of the frame at this place of a request. */
export type CameraAt = (place: number) => number

/** The camera of requests that are sent outside of a load. */
const firstCamera: CameraAt = () => 0

/**
 * The bytes between the frames of a request with `count` frames, variables filled in. The body is `gaps[0] + frame(i₁) +
 * gaps[1] + … + frame(iₖ) + gaps[k]`. What belongs to no frame has the camera of the first one.
 */
export function bodyGaps(
  { leads, trails, end, variables }: Payload,
  count: number,
  cameraAt: CameraAt = firstCamera,
): Buffer[] {
  const fill =
    variables.length === 0
      ? (bytes: Uint8Array) => bytes
      : (bytes: Uint8Array, place: number) => filled(bytes, count, cameraAt(place))
  const gaps = [Buffer.from(fill(leads[0]!, 0))]
  for (let place = 1; place < count; place++) {
    gaps.push(Buffer.concat([fill(trails[place - 1]!, place - 1), fill(leads[place]!, place)]))
  }
  gaps.push(Buffer.concat([fill(trails[count - 1]!, count - 1), fill(end, 0)]))
  return gaps
}

function filled(bytes: Uint8Array, count: number, camera: number): Uint8Array {
  if (!bytes.includes(variableMarks.count) && !bytes.includes(variableMarks.camera)) return bytes
  const pieces: Uint8Array[] = []
  let start = 0
  for (const [index, byte] of bytes.entries()) {
    if (byte !== variableMarks.count && byte !== variableMarks.camera) continue
    const value = byte === variableMarks.count ? count : camera
    pieces.push(bytes.subarray(start, index), Buffer.from(String(value)))
    start = index + 1
  }
  return Buffer.concat([...pieces, bytes.subarray(start)])
}

/**
 * The whole body as one buffer, for clients that cannot write fragments. `frameIndices` are indices into the clip.
 * @throws Error if `frameIndices` is empty, has more frames than the payload was built for, or has an index outside the
 * clip
 */
export function requestBody(
  payload: Payload,
  frameIndices: readonly number[],
  requestId?: Uint8Array,
): Buffer {
  const { leads, numbers = [] } = payload
  if (frameIndices.length < 1 || frameIndices.length > leads.length) {
    throw new Error(`a request carries 1 to ${leads.length} frames, not ${frameIndices.length}`)
  }
  const gaps = bodyGaps(payload, frameIndices.length)
  const frames = frameIndices.map((frame) => encodedFrame(payload, frame))
  const bodyBytes = [...gaps, ...frames].reduce((sum, { byteLength }) => sum + byteLength, 0)
  writeNumbers(numbers, gaps, { count: frameIndices.length, bodyBytes, requestId })
  const [first, ...rest] = gaps
  return Buffer.concat([first!, ...frames.flatMap((frame, place) => [frame, rest[place]!])])
}

function encodedFrame({ bytes, offsets }: Payload, frame: number): Uint8Array {
  const start = offsets[frame]
  const end = offsets[frame + 1]
  if (start === undefined || end === undefined) throw new Error(`there is no frame ${frame}`)
  return new Uint8Array(bytes, start, end - start)
}
