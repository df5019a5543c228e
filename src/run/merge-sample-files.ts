import { type FileHandle, open } from 'node:fs/promises'
import { blocksIn, countRecords } from './read-samples.js'
import { fieldIndexes, frameFields, requestFields } from './record.js'
import { blockHead, blockHeadBytes, BlockKind, recordBytes } from './record-block.js'
import type { SampleBlock } from './sample-parts.js'
import { cannotWrite, createSampleFile } from './sample-writer.js'

/** A longer block, which no writer of ours makes, is copied in pieces, so that the memory does not depend on the file. */
const mostBytes = 64 * 1024

/**
 * Merges sample files of one measurement into one: each record unchanged, blocks in order of time, as if the load threads
 * of all files had written to the same file. Takes the memory of one block per file.
 *
 * @returns the records of each file. A last record that was truncated is in neither file.
 * @throws UserError if a file is not a sample file or is damaged, or `output` cannot be written
 */
export async function mergeSampleFiles(
  files: readonly string[],
  output: string,
): Promise<{ requests: number; frames: number }[]> {
  const found = files.map(blocksIn)
  createSampleFile(output)
  const out = await open(output, 'a')
  const sources = files.map((file, at) => readBlocks(file, found[at]!))
  try {
    const first = await Promise.all(sources.map((source) => source.next()))
    const waiting = first.map(({ value }) => value)
    for (let at = earliest(waiting); at >= 0; at = earliest(waiting)) {
      await out.appendFile(waiting[at]!.bytes).catch((error: unknown) => {
        throw cannotWrite(output, error)
      })
      waiting[at] = (await sources[at]!.next()).value
    }
  } finally {
    await Promise.all([out.close(), ...sources.map((source) => source.return())])
  }
  return files.map(countRecords)
}

interface TimedBlock {
  /** The block with its head, valid until the next one is read. */
  bytes: Uint8Array<ArrayBuffer>
  /** The latest time in this block and in those before it, µs since the start. */
  untilUs: number
}

/** Index of the block that comes first; −1 if there is none. */
function earliest(waiting: readonly (TimedBlock | void)[]): number {
  let first = -1
  let untilUs = Number.POSITIVE_INFINITY
  for (const [at, block] of waiting.entries()) {
    if (!block || (first >= 0 && block.untilUs >= untilUs)) continue
    first = at
    untilUs = block.untilUs
  }
  return first
}

async function* readBlocks(
  file: string,
  blocks: readonly SampleBlock[],
): AsyncGenerator<TimedBlock, void, void> {
  const handle = await open(file, 'r')
  const buffer = new ArrayBuffer(blockHeadBytes + mostBytes)
  let untilUs = Number.NEGATIVE_INFINITY
  try {
    for (const { kind, at, count } of blocks) {
      const size = recordBytes(kind)!
      const most = Math.floor(mostBytes / size)
      for (let done = 0; done < count; done += most) {
        const records = Math.min(most, count - done)
        const bytes = new Uint8Array(buffer, 0, blockHeadBytes + records * size)
        bytes.set(blockHead(kind, records))
        await readAll(handle, bytes.subarray(blockHeadBytes), at + done * size)
        untilUs = Math.max(untilUs, latestUs(buffer, kind, records))
        yield { bytes, untilUs }
      }
    }
  } finally {
    await handle.close()
  }
}

async function readAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) throw new Error('the sample file was truncated while it was read')
    done += bytesRead
  }
}

const requestAt = fieldIndexes(requestFields)
const frameAt = fieldIndexes(frameFields)
const timesAt: Record<number, readonly number[]> = {
  [BlockKind.requests]: [requestAt.dueUs, requestAt.sentUs, requestAt.answeredUs],
  [BlockKind.frames]: [frameAt.capturedUs],
}

function latestUs(block: ArrayBuffer, kind: number, records: number): number {
  const values = new Float64Array(block, blockHeadBytes)
  const step = recordBytes(kind)! / 8
  let latest = Number.NEGATIVE_INFINITY
  for (let record = 0; record < records; record++) {
    // The time of an event that never happened is NaN, which is larger than nothing.
    for (const at of timesAt[kind]!)
      if (values[record * step + at]! > latest) latest = values[record * step + at]!
  }
  return latest
}
