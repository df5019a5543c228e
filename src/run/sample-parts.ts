import { closeSync, openSync, readSync } from 'node:fs'
import {
  fieldIndexes,
  frameFields,
  frameRecordBytes,
  type MeasurementSamples,
  noRequest,
  type RequestField,
  requestFields,
  requestRecordBytes,
} from './record.js'
import { BlockKind, recordBytes } from './record-block.js'
import { openWaiting } from './waiting-samples.js'

/** The time by which the requests of a measurement are read. */
export type RequestOrder = 'sentUs' | 'answeredUs'

/** How much of the samples a reading needs. */
export interface Reading {
  /** Requests and frames after which a part may end; 16,384 if it is not given. */
  mostRows?: number | undefined
  /** Fields of requests; all of them if they are not given. The columns of others may be empty. */
  fields?: readonly RequestField[] | undefined
}

/** The samples of a measurement in a file, which is read part by part, as often as needed. */
export interface SampleFile {
  /**
   * Every request and every frame once. A frame is in the same part as the request that carried it. No request comes before
   * one of an earlier part by the given time; a request whose time is unknown (NaN) is in any part. Within a part, rows are in
   * order of completion. A part is valid until the next one is asked for. There is at least one.
   *
   * The memory is that of a part, and of the requests that were open at the same time. It does not grow with the file.
   */
  parts: (order: RequestOrder, reading?: Reading) => Iterable<MeasurementSamples>
  /** When each request was answered, some requests at a time, in order of completion: faster than `parts`. */
  answeredUs: () => Iterable<Float64Array>
}

/** The samples of a measurement: in memory, or in a file. */
export type Samples = MeasurementSamples | SampleFile

/** See `SampleFile.parts`. Samples in memory are one part. */
export function partsOf(
  samples: Samples,
  order: RequestOrder,
  fields?: Reading['fields'],
): Iterable<MeasurementSamples> {
  return 'parts' in samples ? samples.parts(order, { fields }) : [samples]
}

/** See `SampleFile.answeredUs`. */
export function answerTimesOf(samples: Samples): Iterable<Float64Array> {
  if ('parts' in samples) return samples.answeredUs()
  return [samples.requests.answeredUs.subarray(0, samples.requests.count)]
}

/** All samples in memory, in order of completion. */
export function wholeSamples(samples: Samples): MeasurementSamples {
  if (!('parts' in samples)) return samples
  for (const whole of samples.parts('sentUs', { mostRows: Number.POSITIVE_INFINITY })) return whole
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
const shortFile = 1 << 17
/** Requests and frames after which a part of a longer file may end. They stay in the cache of the processor. */
const rowsPerPart = 1 << 14

/** The samples in the blocks of a file. */
export function openParts(file: string, blocks: readonly SampleBlock[]): SampleFile {
  const rows = blocks.reduce((sum, { count }) => sum + count, 0)
  let onlyPart: MeasurementSamples[] | undefined
  // A short file is read once.
  const readOnce = () => (onlyPart ??= [...readParts(file, blocks, { order: 'sentUs', mostRows: shortFile })])
  // What is later in the file has to be known before a part can end, and is the same in each reading.
  let later: SmallestLater | undefined
  function* readAnswerTimes(): Generator<Float64Array> {
    later = yield* readTimes(file, blocks)
  }
  const findLater = () => {
    if (later === undefined) for (const _ of readAnswerTimes());
    return later!
  }
  return {
    parts: (order, { mostRows = rows <= shortFile ? shortFile : rowsPerPart, fields } = {}) =>
      rows <= Math.min(mostRows, shortFile)
        ? readOnce()
        : readParts(file, blocks, { order, mostRows, fields, findLater }),
    answeredUs: () =>
      rows <= shortFile ? readOnce().map(({ requests }) => requests.answeredUs) : readAnswerTimes(),
  }
}

interface PartsWanted {
  order: RequestOrder
  mostRows: number
  fields?: Reading['fields']
  /** Not asked for if all rows are in one part. */
  findLater?: () => SmallestLater
}

function* readParts(
  file: string,
  blocks: readonly SampleBlock[],
  { order, mostRows, fields, findLater }: PartsWanted,
): Generator<MeasurementSamples> {
  const total = (kind: number) =>
    blocks.reduce((sum, block) => (block.kind === kind ? sum + block.count : sum), 0)
  const [allRequests, allFrames] = [total(BlockKind.requests), total(BlockKind.frames)]
  const later = allRequests + allFrames <= mostRows ? undefined : findLater?.()
  const reader = openBlocks(file)
  try {
    const largest = blocks.reduce((most, { count }) => Math.max(most, count), 0)
    const waiting = openWaiting(
      Math.min(allRequests, mostRows + largest),
      Math.min(allFrames, mostRows + largest),
      fields,
    )
    let rowsForPart = mostRows
    for (const [index, block] of blocks.entries()) {
      waiting.add(block.kind, reader.read(block), block.count)
      if (later === undefined || index === blocks.length - 1 || waiting.rows() < rowsForPart) continue
      yield waiting.release(order, { timeUs: later[order][index]!, carrier: later.request[index]! })
      rowsForPart = waiting.rows() + mostRows
    }
    yield waiting.releaseAll()
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

/** For each block, what is smallest in the blocks behind it: the times of requests, and the number of one that carried a frame. */
type SmallestLater = Record<RequestOrder | 'request', Float64Array>

const requestAt = fieldIndexes(requestFields)
const frameAt = fieldIndexes(frameFields)

/** Yields the answer times of each block of requests, valid until the next ones. */
function* readTimes(
  file: string,
  blocks: readonly SampleBlock[],
): Generator<Float64Array, SmallestLater, undefined> {
  const smallest = () => new Float64Array(blocks.length).fill(Number.POSITIVE_INFINITY)
  const later = { sentUs: smallest(), answeredUs: smallest(), request: smallest() }
  let times = new Float64Array(0)
  const reader = openBlocks(file)
  try {
    for (const [index, block] of blocks.entries()) {
      const { count } = block
      const { buffer } = reader.read(block)
      if (block.kind === BlockKind.requests) {
        if (times.length < count) times = new Float64Array(count)
        const values = new Float64Array(buffer)
        let [firstSentUs, firstAnsweredUs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
        for (let row = 0, at = 0; row < count; row++, at += requestRecordBytes / 8) {
          const sentUs = values[at + requestAt.sentUs]!
          const answeredUs = values[at + requestAt.answeredUs]!
          times[row] = answeredUs
          if (sentUs < firstSentUs) firstSentUs = sentUs
          if (answeredUs < firstAnsweredUs) firstAnsweredUs = answeredUs
        }
        if (index > 0) {
          later.sentUs[index - 1] = firstSentUs
          later.answeredUs[index - 1] = firstAnsweredUs
        }
        yield times.subarray(0, count)
      } else if (index > 0) {
        const values = new Uint32Array(buffer)
        let first = noRequest
        for (let row = 0, at = frameAt.request; row < count; row++, at += frameRecordBytes / 4)
          if (values[at]! < first) first = values[at]!
        later.request[index - 1] = first
      }
    }
  } finally {
    reader.close()
  }
  for (const column of Object.values(later))
    for (let index = blocks.length - 2; index >= 0; index--)
      column[index] = Math.min(column[index]!, column[index + 1]!)
  return later
}
