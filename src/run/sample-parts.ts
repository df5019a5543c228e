import { closeSync, openSync, readSync } from 'node:fs'
import {
  fieldIndexes,
  frameFields,
  frameRecordBytes,
  type MeasurementSamples,
  noRequest,
  requestFields,
  requestRecordBytes,
} from './record.js'
import { BlockKind, recordBytes } from './record-block.js'
import { openWaiting } from './waiting-samples.js'

/** The time by which the requests of a measurement are read. */
export type RequestOrder = 'sentUs' | 'answeredUs'

/** The samples of a measurement in a file, which is read part by part, as often as needed. */
export interface SampleFile {
  /**
   * Every request and every frame once. A frame is in the same part as the request that carried it. No request comes before
   * one of an earlier part by the given time; a request whose time is unknown (NaN) is in any part. Within a part, rows are in
   * order of completion. A part is valid until the next one is asked for. There is at least one.
   *
   * The memory is that of a part, and of the requests that were open at the same time. It does not grow with the file.
   *
   * @param mostRows requests and frames after which a part may end; 16,384 if it is not given
   */
  parts: (order: RequestOrder, mostRows?: number) => Iterable<MeasurementSamples>
  /** When each request was answered, some requests at a time, in order of completion: faster than `parts`. */
  answeredUs: () => Iterable<Float64Array>
}

/** The samples of a measurement: in memory, or in a file. */
export type Samples = MeasurementSamples | SampleFile

/** See `SampleFile.parts`. Samples in memory are one part. */
export function partsOf(samples: Samples, order: RequestOrder): Iterable<MeasurementSamples> {
  return 'parts' in samples ? samples.parts(order) : [samples]
}

/** See `SampleFile.answeredUs`. */
export function answerTimesOf(samples: Samples): Iterable<Float64Array> {
  if ('parts' in samples) return samples.answeredUs()
  return [samples.requests.answeredUs.subarray(0, samples.requests.count)]
}

/** All samples in memory, in order of completion. */
export function wholeSamples(samples: Samples): MeasurementSamples {
  if (!('parts' in samples)) return samples
  for (const whole of samples.parts('sentUs', Number.POSITIVE_INFINITY)) return whole
  throw new Error('a sample file has at least one part')
}

/** A block of records of one kind in a sample file. */
export interface SampleBlock {
  kind: number
  /** Byte offset of its records. */
  at: number
  count: number
}

/** A file with no more requests and frames is one part, which is kept in memory: 9 MB. */
export const shortFile = 1 << 17
/** Requests and frames after which a part of a longer file may end. They stay in the cache of the processor. */
export const rowsPerPart = 1 << 14

/** The parts of a sample file, as `SampleFile` describes them. */
export function* readParts(
  file: string,
  blocks: readonly SampleBlock[],
  order: RequestOrder,
  mostRows: number,
): Generator<MeasurementSamples> {
  const total = (kind: number) =>
    blocks.reduce((sum, block) => (block.kind === kind ? sum + block.count : sum), 0)
  const [allRequests, allFrames] = [total(BlockKind.requests), total(BlockKind.frames)]
  const isOnePart = allRequests + allFrames <= mostRows
  const reader = openBlocks(file)
  try {
    const later = isOnePart ? undefined : smallestLater(reader, blocks, order)
    const largest = blocks.reduce((most, { count }) => Math.max(most, count), 0)
    const waiting = openWaiting(
      Math.min(allRequests, mostRows + largest),
      Math.min(allFrames, mostRows + largest),
    )
    let rowsForPart = mostRows
    for (const [index, block] of blocks.entries()) {
      waiting.add(block.kind, reader.read(block), block.count)
      if (later === undefined || index === blocks.length - 1 || waiting.rows() < rowsForPart) continue
      yield waiting.release(order, { timeUs: later.timesUs[index]!, carrier: later.carriers[index]! })
      rowsForPart = waiting.rows() + mostRows
    }
    yield waiting.releaseAll()
  } finally {
    reader.close()
  }
}

/** The answer times in a sample file, as `SampleFile` describes them. */
export function* readAnswerTimes(file: string, blocks: readonly SampleBlock[]): Generator<Float64Array> {
  const reader = openBlocks(file)
  try {
    for (const block of blocks) {
      if (block.kind !== BlockKind.requests) continue
      const values = new Float64Array(reader.read(block).buffer)
      const times = new Float64Array(block.count)
      for (let row = 0; row < block.count; row++)
        times[row] = values[requestAt.answeredUs + (row * requestRecordBytes) / 8]!
      yield times
    }
  } finally {
    reader.close()
  }
}

interface BlockReader {
  /** The records of a block, valid until the next one is read. */
  read: (block: SampleBlock) => Uint8Array<ArrayBuffer>
  close: () => void
}

function openBlocks(file: string): BlockReader {
  const fd = openSync(file, 'r')
  let buffer = new ArrayBuffer(0)
  return {
    read({ kind, at, count }) {
      const length = count * (recordBytes(kind) ?? 0)
      if (buffer.byteLength < length) buffer = new ArrayBuffer(length)
      const bytes = new Uint8Array(buffer, 0, length)
      for (let done = 0; done < length;) {
        const read = readSync(fd, bytes, done, length - done, at + done)
        if (read === 0) throw new Error('the sample file was truncated while it was read')
        done += read
      }
      return bytes
    },
    close: () => closeSync(fd),
  }
}

/** For each block, what is smallest in the blocks behind it. */
interface SmallestLater {
  /** The time of a request. */
  timesUs: Float64Array
  /** The number of a request that carried a frame. */
  carriers: Float64Array
}

const requestAt = fieldIndexes(requestFields)
const frameAt = fieldIndexes(frameFields)

function smallestLater(
  reader: BlockReader,
  blocks: readonly SampleBlock[],
  order: RequestOrder,
): SmallestLater {
  const timesUs = new Float64Array(blocks.length).fill(Number.POSITIVE_INFINITY)
  const carriers = new Float64Array(blocks.length).fill(Number.POSITIVE_INFINITY)
  for (const [index, block] of blocks.entries()) {
    if (index === 0) continue
    const { buffer } = reader.read(block)
    if (block.kind === BlockKind.requests) {
      const values = new Float64Array(buffer)
      const [step, end] = [requestRecordBytes / 8, (block.count * requestRecordBytes) / 8]
      let smallest = Number.POSITIVE_INFINITY
      for (let at = requestAt[order]; at < end; at += step) if (values[at]! < smallest) smallest = values[at]!
      timesUs[index - 1] = smallest
    } else {
      const values = new Uint32Array(buffer)
      const [step, end] = [frameRecordBytes / 4, (block.count * frameRecordBytes) / 4]
      let smallest = noRequest
      for (let at = frameAt.request; at < end; at += step) if (values[at]! < smallest) smallest = values[at]!
      carriers[index - 1] = smallest
    }
  }
  for (let index = blocks.length - 2; index >= 0; index--) {
    timesUs[index] = Math.min(timesUs[index]!, timesUs[index + 1]!)
    carriers[index] = Math.min(carriers[index]!, carriers[index + 1]!)
  }
  return { timesUs, carriers }
}
