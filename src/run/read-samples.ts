import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UserError, messageOf } from '../system/user-error.js'
import type { MeasurementSamples } from './record.js'
import {
  BlockKind,
  blockHeadBytes,
  blockMark,
  fileHeadBytes,
  fileMagic,
  fileVersion,
  recordBytes,
} from './record-block.js'
import { openParts, type SampleBlock, type SampleFile, wholeSamples } from './sample-parts.js'

/**
 * Opens one measurement's samples. A last record that was truncated by a crash or a full disk is omitted.
 *
 * @throws UserError if the file is not a sample file, or is damaged before its end
 */
export function openSamples(file: string): SampleFile {
  return openParts(file, blocksIn(file))
}

/**
 * Counts the complete records in a sample file.
 *
 * @throws UserError as `openSamples`
 */
export function countRecords(file: string): { requests: number; frames: number } {
  const blocks = blocksIn(file)
  const count = (wanted: number) => countRows(blocks.filter(({ kind }) => kind === wanted))
  return { requests: count(BlockKind.requests), frames: count(BlockKind.frames) }
}

function countRows(blocks: readonly SampleBlock[]): number {
  return blocks.reduce((sum, { count }) => sum + count, 0)
}

/**
 * The blocks of a sample file, in order. The last one has only complete records.
 *
 * @throws UserError as `openSamples`
 */
export function blocksIn(file: string): SampleBlock[] {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    throw new UserError('the samples cannot be read', {
      where: file,
      received: messageOf(error),
      remedy: 'Pass a complete run folder, including its sample files.',
      cause: error,
    })
  }
  try {
    checkHead(fd, file)
    return findBlocks(fd, file)
  } finally {
    closeSync(fd)
  }
}

/** Reads one measurement's samples into memory. See `openSamples`. */
export async function readSamples(file: string): Promise<MeasurementSamples> {
  return wholeSamples(openSamples(file))
}

function checkHead(fd: number, file: string): void {
  const head = Buffer.alloc(fileHeadBytes)
  const bytesRead = readSync(fd, head, 0, fileHeadBytes, 0)
  if (bytesRead < fileHeadBytes || head.toString('latin1', 0, fileMagic.length) !== fileMagic) {
    throw new UserError('not a sample file', {
      where: file,
      expected: `a file that begins with ${fileMagic}`,
      remedy: 'Pass a run folder that Framestorm wrote.',
    })
  }
  const version = head.readUInt32LE(8)
  if (version !== fileVersion) {
    throw new UserError('the sample file has another version', {
      where: file,
      expected: `version ${fileVersion}`,
      received: `version ${version}`,
      remedy: 'Use the Framestorm version that wrote the file, or measure again.',
    })
  }
}

/** Reads the file from its beginning to its end: heads alone take ten times as long if the file is not in memory. */
function findBlocks(fd: number, file: string): SampleBlock[] {
  const { size } = fstatSync(fd)
  const headAt = openHeads(fd)
  const blocks: SampleBlock[] = []
  let at = fileHeadBytes
  while (at + blockHeadBytes <= size) {
    const head = headAt(at)
    const kind = head.readUInt32LE(4)
    const bytesEach = recordBytes(kind)
    if (head.readUInt32LE(0) !== blockMark || bytesEach === undefined) {
      throw new UserError('the sample file is damaged', {
        where: `${file}, byte ${at}`,
        expected: 'the start of a block of samples',
        remedy: 'Measure again in a new run.',
      })
    }
    const count = head.readUInt32LE(8)
    const whole = Math.floor((size - at - blockHeadBytes) / bytesEach)
    blocks.push({ kind, at: at + blockHeadBytes, count: Math.min(count, whole) })
    at += blockHeadBytes + count * bytesEach
  }
  return blocks
}

/** The heads of blocks, asked for in order. */
function openHeads(fd: number): (at: number) => Buffer {
  const bytes = Buffer.allocUnsafe(1 << 20)
  let [from, to] = [0, 0]
  return (at) => {
    if (at + blockHeadBytes > to) {
      // Without a gap, so that the system reads ahead.
      from = at - to < bytes.length - blockHeadBytes ? Math.min(at, to) : at
      to = from + readSync(fd, bytes, 0, bytes.length, from)
    }
    return bytes.subarray(at - from, at - from + blockHeadBytes)
  }
}
