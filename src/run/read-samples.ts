import { open, type FileHandle } from 'node:fs/promises'
import { UserError } from '../system/user-error.js'
import { allocateFrames, allocateRequests, linkFrames, takeFrames, takeRequests } from './columns.js'
import { type MeasurementSamples } from './record.js'
import {
  BlockKind,
  blockHeadBytes,
  blockMark,
  fileHeadBytes,
  fileMagic,
  fileVersion,
  recordBytes,
} from './record-block.js'

interface Block {
  kind: number
  /** Byte offset of its records. */
  at: number
  count: number
}

/**
 * Reads one measurement's samples into columns. A last record that was truncated by a crash or a full disk is omitted.
 * @throws UserError if the file is not a sample file, or is damaged before its end
 */
export async function readSamples(file: string): Promise<MeasurementSamples> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch (error) {
    throw new UserError('the samples cannot be read', {
      where: file,
      received: error instanceof Error ? error.message : String(error),
      remedy: 'Pass a complete run folder, including its sample files.',
      cause: error,
    })
  }
  try {
    await checkHead(handle, file)
    const blocks = await findBlocks(handle, file)
    return await readBlocks(handle, blocks)
  } finally {
    await handle.close()
  }
}

async function checkHead(handle: FileHandle, file: string): Promise<void> {
  const head = Buffer.alloc(fileHeadBytes)
  const { bytesRead } = await handle.read(head, 0, fileHeadBytes, 0)
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

/**
 * The first pass reads the block heads only. With the counts known, each column is allocated once at its final size.
 */
async function findBlocks(handle: FileHandle, file: string): Promise<Block[]> {
  const { size } = await handle.stat()
  const head = Buffer.alloc(blockHeadBytes)
  const blocks: Block[] = []
  let at = fileHeadBytes
  while (at + blockHeadBytes <= size) {
    await handle.read(head, 0, blockHeadBytes, at)
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

async function readBlocks(handle: FileHandle, blocks: Block[]): Promise<MeasurementSamples> {
  const total = (kind: number) =>
    blocks.reduce((sum, block) => (block.kind === kind ? sum + block.count : sum), 0)
  const requests = allocateRequests(total(BlockKind.requests))
  const frames = allocateFrames(total(BlockKind.frames))
  let requestsRead = 0
  let framesRead = 0
  let buffer = new ArrayBuffer(0)
  for (const { kind, at, count } of blocks) {
    const length = count * (recordBytes(kind) ?? 0)
    if (buffer.byteLength < length) buffer = new ArrayBuffer(length)
    const bytes = new Uint8Array(buffer, 0, length)
    await readFully(handle, bytes, at)
    if (kind === BlockKind.requests) {
      takeRequests(bytes, count, requests, requestsRead)
      requestsRead += count
    } else {
      takeFrames(bytes, count, frames, framesRead)
      framesRead += count
    }
  }
  return linkFrames({ requests, frames })
}

async function readFully(handle: FileHandle, into: Uint8Array, at: number): Promise<void> {
  let done = 0
  while (done < into.byteLength) {
    const { bytesRead } = await handle.read(into, done, into.byteLength - done, at + done)
    if (bytesRead === 0) throw new Error('the sample file was truncated while it was read')
    done += bytesRead
  }
}
