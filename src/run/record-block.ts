import {
  blockHeadBytes,
  blockMark,
  frameDoubles,
  frameWords,
  recordBytes,
  requestDoubles,
  requestWords,
} from './sample-format.js'
import type { RequestSample } from './request-sample.js'

/** A block under construction: records of one kind, encoded in place through typed arrays; no allocation. */
export class RecordBlock {
  readonly bytes: Uint8Array
  readonly kind: number
  readonly capacity: number
  count = 0
  private readonly words: Uint32Array
  private readonly singles: Float32Array
  private readonly doubles: Float64Array
  private readonly recordBytes: number

  constructor(kind: number, maxBytes: number) {
    const size = recordBytes(kind)
    if (size === undefined) throw new Error(`no such kind of block: ${kind}`)
    this.kind = kind
    this.recordBytes = size
    this.capacity = Math.max(1, Math.floor((maxBytes - blockHeadBytes) / size))
    const buffer = new ArrayBuffer(blockHeadBytes + this.capacity * size)
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.singles = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
  }

  get full(): boolean {
    return this.count === this.capacity
  }

  addRequest(sample: RequestSample): void {
    const at = blockHeadBytes + this.count * this.recordBytes
    const double = at >>> 3
    const word = at >>> 2
    this.doubles[double + requestDoubles.due] = sample.dueUs
    this.doubles[double + requestDoubles.sent] = sample.sentUs
    this.doubles[double + requestDoubles.answered] = sample.answeredUs
    this.doubles[double + requestDoubles.connect] = sample.connectUs
    const id = sample.serverRequestId
    this.words[word + requestWords.serverRequestId] = id[0]!
    this.words[word + requestWords.serverRequestId + 1] = id[1]!
    this.words[word + requestWords.serverRequestId + 2] = id[2]!
    this.words[word + requestWords.serverRequestId + 3] = id[3]!
    this.words[word + requestWords.request] = sample.request
    this.words[word + requestWords.firstFrame] = sample.firstFrame
    this.words[word + requestWords.client] = sample.client
    this.words[word + requestWords.bodyBytes] = sample.bodyBytes
    this.words[word + requestWords.answerBytes] = sample.answerBytes
    this.singles[word + requestWords.deviation] = sample.answerDeviation
    this.words[word + requestWords.statusAndFrames] = sample.status | (sample.frames << 16)
    this.words[word + requestWords.phaseAndOutcome] = sample.phase | (sample.outcome << 8)
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
    const at = blockHeadBytes + this.count * this.recordBytes
    const word = at >>> 2
    this.doubles[(at >>> 3) + frameDoubles.captured] = capturedUs
    this.words[word + frameWords.camera] = camera
    this.words[word + frameWords.frame] = frame
    this.words[word + frameWords.request] = request
    this.words[word + frameWords.phaseAndOutcome] = phase | (outcome << 8)
    this.count++
  }

  /** Completes the head; the bytes to write, valid until `clear`. */
  finished(): Uint8Array {
    this.words[0] = blockMark
    this.words[1] = this.kind
    this.words[2] = this.count
    return this.bytes.subarray(0, blockHeadBytes + this.count * this.recordBytes)
  }

  clear(): void {
    this.count = 0
  }
}
