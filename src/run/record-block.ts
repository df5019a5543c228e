import {
  fieldIndexes,
  frameFields,
  frameRecordBytes,
  requestFields,
  requestRecordBytes,
  type RequestSample,
} from './record.js'

/*
 * The sample file: a 16-byte head, then blocks. A block is 16 bytes (mark, kind, record count, 0) and its records, all
 * of one size; everything is little-endian and 8-byte aligned, so that a record is written and read through typed
 * arrays. Any number of threads append whole blocks: a crash or a full disk can only truncate the last one, whose
 * complete records are still valid.
 */

export const fileMagic = 'FSSAMPLE'
export const fileVersion = 1
export const fileHeadBytes = 16
export const blockHeadBytes = 16
/** `BLCK` read as a little-endian number. */
export const blockMark = 0x4b_43_4c_42

export const BlockKind = { requests: 1, frames: 2 } as const

export function recordBytes(kind: number): number | undefined {
  if (kind === BlockKind.requests) return requestRecordBytes
  if (kind === BlockKind.frames) return frameRecordBytes
  return undefined
}

/** The first bytes of every sample file. */
export function sampleFileHead(): Buffer {
  const head = Buffer.alloc(fileHeadBytes)
  head.write(fileMagic, 0, 'latin1')
  head.writeUInt32LE(fileVersion, 8)
  return head
}

/** The first bytes of every block. */
export function blockHead(kind: number, count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.of(blockMark, kind, count, 0).buffer)
}

const requestAt = fieldIndexes(requestFields)
const frameAt = fieldIndexes(frameFields)

/** A block under construction: records of one kind, encoded in place through typed arrays; no allocation. */
export class RecordBlock {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly kind: number
  readonly capacity: number
  count = 0
  private readonly halves: Uint16Array
  private readonly words: Uint32Array
  private readonly singles: Float32Array
  private readonly doubles: Float64Array
  private readonly recordBytes: number

  constructor(kind: number, maxBytes: number) {
    const size = recordBytes(kind)
    if (size === undefined) throw new Error(`unknown kind of block: ${kind}`)
    this.kind = kind
    this.recordBytes = size
    this.capacity = Math.max(1, Math.floor((maxBytes - blockHeadBytes) / size))
    const buffer = new ArrayBuffer(blockHeadBytes + this.capacity * size)
    this.bytes = new Uint8Array(buffer)
    this.halves = new Uint16Array(buffer)
    this.words = new Uint32Array(buffer)
    this.singles = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
  }

  get full(): boolean {
    return this.count === this.capacity
  }

  /**
   * Every field is written explicitly for speed, because this runs once per request during a load. A test compares it
   * with the list.
   */
  addRequest(sample: RequestSample): void {
    const byte = blockHeadBytes + this.count * this.recordBytes
    const half = byte >>> 1
    const word = byte >>> 2
    const double = byte >>> 3
    this.doubles[double + requestAt.dueUs] = sample.dueUs
    this.doubles[double + requestAt.sentUs] = sample.sentUs
    this.doubles[double + requestAt.answeredUs] = sample.answeredUs
    this.doubles[double + requestAt.connectUs] = sample.connectUs
    const id = sample.serverRequestId
    const idAt = word + (requestAt.serverRequestId >>> 2)
    this.words[idAt] = id[0]!
    this.words[idAt + 1] = id[1]!
    this.words[idAt + 2] = id[2]!
    this.words[idAt + 3] = id[3]!
    this.words[word + requestAt.request] = sample.request
    this.words[word + requestAt.firstFrame] = sample.firstFrame
    this.words[word + requestAt.client] = sample.client
    this.words[word + requestAt.bodyBytes] = sample.bodyBytes
    this.words[word + requestAt.answerBytes] = sample.answerBytes
    this.singles[word + requestAt.answerDeviation] = sample.answerDeviation
    this.halves[half + requestAt.status] = sample.status
    this.halves[half + requestAt.frames] = sample.frames
    this.bytes[byte + requestAt.phase] = sample.phase
    this.bytes[byte + requestAt.outcome] = sample.outcome
    this.count++
  }

  addFrame(
    camera: number,
    frame: number,
    request: number,
    phase: number,
    outcome: number,
    capturedUs: number,
  ): void {
    const byte = blockHeadBytes + this.count * this.recordBytes
    const word = byte >>> 2
    this.doubles[(byte >>> 3) + frameAt.capturedUs] = capturedUs
    this.words[word + frameAt.camera] = camera
    this.words[word + frameAt.frame] = frame
    this.words[word + frameAt.request] = request
    this.bytes[byte + frameAt.phase] = phase
    this.bytes[byte + frameAt.outcome] = outcome
    this.count++
  }

  /** Completes the head and returns the bytes to write, valid until `clear`. */
  finished(): Uint8Array<ArrayBuffer> {
    this.bytes.set(blockHead(this.kind, this.count))
    return this.bytes.subarray(0, blockHeadBytes + this.count * this.recordBytes)
  }

  /** The records without the head. */
  records(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(blockHeadBytes, blockHeadBytes + this.count * this.recordBytes)
  }

  clear(): void {
    this.count = 0
  }
}

/** Destination of the records of finished requests and frames: a sample file, or memory. */
export interface SampleSink {
  request(sample: RequestSample): void
  frame(
    camera: number,
    frame: number,
    request: number,
    phase: number,
    outcome: number,
    capturedUs: number,
  ): void
}
