import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

export interface TarEntry {
  path: string
  isLink: boolean
  isFolder: boolean
  bytes: number
}

const blockBytes = 512
/** Longer names and attributes than this are damage. */
const mostHeaderBytes = 1e6

/** Text up to the first NUL. */
function field(header: Buffer, start: number, length: number): string {
  const end = header.indexOf(0, start)
  return header.toString('utf8', start, end === -1 || end > start + length ? start + length : end)
}

/** Octal digits, or a big-endian number if the first bit is set (GNU, above 8 GB). */
function size(header: Buffer): number {
  if ((header[124]! & 0x80) === 0) return Number.parseInt(field(header, 124, 12).trim() || '0', 8)
  return Number(header.readBigUInt64BE(128))
}

/** POSIX.1-2017, pax: each record is `length key=value\n`. */
function paxPath(text: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(text)?.[1]
}

function isChecksumRight(header: Buffer): boolean {
  let sum = 0
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte
  return sum === Number.parseInt(field(header, 148, 8).trim(), 8)
}

/**
 * The entries of a gzipped tar (ustar, pax, GNU), and the contents of those that are asked for. It is unpacked as a
 * stream, so its size does not matter.
 *
 * @param wants whether the content of an entry is needed
 * @param onBytes called with each piece of the file as it is read
 * @throws Error if it is not a gzipped tar, or is damaged
 */
export async function listTar(
  file: string,
  wants: (path: string) => boolean,
  onBytes: (bytes: Buffer) => void,
): Promise<{ entries: TarEntry[]; contents: Map<string, Buffer> }> {
  const entries: TarEntry[] = []
  const contents = new Map<string, Buffer>()
  const input = createReadStream(file)
  input.on('data', (bytes) => onBytes(Buffer.from(bytes)))
  const unpacked = createGunzip()
  input.on('error', (error) => unpacked.destroy(error))
  input.pipe(unpacked)

  let pending: Buffer = Buffer.alloc(0)
  let longPath: string | undefined
  /** What follows: bytes to skip or to keep. */
  let skip = 0
  let keep: { bytes: number; use: (content: Buffer) => void } | undefined
  let ended = false

  function readHeader(header: Buffer): void {
    if (header.every((byte) => byte === 0)) {
      ended = true
      return
    }
    if (!isChecksumRight(header)) throw new Error('not a tar file, or damaged')
    const bytes = size(header)
    const padding = (blockBytes - (bytes % blockBytes)) % blockBytes
    const type = String.fromCodePoint(header[156]!)
    if (type === 'L' || type === 'x') {
      if (bytes > mostHeaderBytes) throw new Error('a damaged tar')
      keep = {
        bytes: bytes + padding,
        use(content) {
          const text = content.toString('utf8', 0, bytes)
          longPath = type === 'L' ? text.replace(/\0.*$/s, '') : (paxPath(text) ?? longPath)
        },
      }
      return
    }
    if (type === 'g' || type === 'K') {
      skip = bytes + padding
      return
    }
    const prefix = field(header, 257, 6).startsWith('ustar') ? field(header, 345, 155) : ''
    const path = longPath ?? (prefix === '' ? '' : `${prefix}/`) + field(header, 0, 100)
    longPath = undefined
    entries.push({ path, isLink: type === '1' || type === '2', isFolder: type === '5', bytes })
    if (wants(path) && bytes <= mostHeaderBytes) {
      keep = { bytes: bytes + padding, use: (content) => contents.set(path, content.subarray(0, bytes)) }
    } else {
      skip = bytes + padding
    }
  }

  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (!ended && pending.length > 0) {
      if (skip > 0) {
        const skipped = Math.min(skip, pending.length)
        skip -= skipped
        pending = pending.subarray(skipped)
      } else if (keep !== undefined) {
        const { bytes, use } = keep
        if (pending.length < bytes) break
        keep = undefined
        use(pending.subarray(0, bytes))
        pending = pending.subarray(bytes)
      } else {
        if (pending.length < blockBytes) break
        const header = pending.subarray(0, blockBytes)
        pending = pending.subarray(blockBytes)
        readHeader(header)
      }
    }
    if (ended) pending = Buffer.alloc(0)
  }
  if (skip > 0 || keep !== undefined) throw new Error('the file is cut short')
  if (entries.length === 0) throw new Error('an empty tar')
  return { entries, contents }
}
