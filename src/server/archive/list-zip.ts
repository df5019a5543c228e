import type { FileHandle } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'

/** An entry of a zip, as its central directory describes it. */
export interface ZipEntry {
  path: string
  isLink: boolean
  /** 0: stored, 8: deflated. */
  method: number
  compressedBytes: number
  bytes: number
  /** Place of its local header in the file. */
  offset: number
}

/** APPNOTE.TXT 6.3.10 (PKWARE): the sections 4.3.16 (end), 4.3.14 and 4.3.15 (zip64), 4.3.12 (entries). */
const signature = { end: 0x06_05_4b_50, end64: 0x06_06_4b_50, locator64: 0x07_06_4b_50, entry: 0x02_01_4b_50 }
const endBytes = 22
const longestComment = 0xff_ff
const entryBytes = 46
const localBytes = 30
const unset32 = 0xff_ff_ff_ff
/** A million entries of an archive take about 100 MB. */
const mostDirectoryBytes = 256e6

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  if (bytesRead < length) throw new Error('the file is cut short')
  return buffer
}

/** Where the central directory is. Files above 4 GB have its place in a zip64 record. */
async function findDirectory(
  file: FileHandle,
  fileBytes: number,
): Promise<{ offset: number; bytes: number }> {
  const tailBytes = Math.min(fileBytes, endBytes + longestComment)
  const tail = await readAt(file, fileBytes - tailBytes, tailBytes)
  let at = tail.length - endBytes
  while (at >= 0 && tail.readUInt32LE(at) !== signature.end) at--
  if (at < 0) throw new Error('not a zip file, or one that was not written to its end')
  const [bytes, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
  if (offset !== unset32 && bytes !== unset32) return { offset, bytes }
  const locatorAt = fileBytes - tailBytes + at - 20
  const locator = await readAt(file, locatorAt, 20)
  if (locator.readUInt32LE(0) !== signature.locator64) throw new Error('its zip64 record is missing')
  const record = await readAt(file, Number(locator.readBigUInt64LE(8)), 56)
  if (record.readUInt32LE(0) !== signature.end64) throw new Error('its zip64 record is damaged')
  return { bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) }
}

/**
 * The entries of a zip file of any size. Only its central directory is read.
 *
 * @throws Error if it is not a zip, or is damaged
 */
export async function listZip(file: FileHandle, fileBytes: number): Promise<ZipEntry[]> {
  const { offset, bytes } = await findDirectory(file, fileBytes)
  if (bytes > mostDirectoryBytes || offset + bytes > fileBytes) throw new Error('its directory is damaged')
  const directory = await readAt(file, offset, bytes)
  const entries: ZipEntry[] = []
  for (let at = 0; at + entryBytes <= bytes;) {
    if (directory.readUInt32LE(at) !== signature.entry) throw new Error('its directory is damaged')
    const nameBytes = directory.readUInt16LE(at + 28)
    const extraBytes = directory.readUInt16LE(at + 30)
    const nameAt = at + entryBytes
    const extra = directory.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes)
    const sizes = {
      uncompressed: directory.readUInt32LE(at + 24),
      compressed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    }
    const { uncompressed, compressed, offset: local } = withZip64(sizes, extra)
    entries.push({
      path: directory.toString('utf8', nameAt, nameAt + nameBytes),
      // The upper half of the external attributes is the mode of Unix; 0o120000 is a symbolic link.
      isLink: ((directory.readUInt32LE(at + 38) >>> 16) & 0o170_000) === 0o120_000,
      method: directory.readUInt16LE(at + 10),
      compressedBytes: compressed,
      bytes: uncompressed,
      offset: local,
    })
    at = nameAt + nameBytes + extraBytes + directory.readUInt16LE(at + 32)
  }
  return entries
}

interface EntrySizes {
  uncompressed: number
  compressed: number
  offset: number
}

/** The sizes with those that are in the zip64 extra field (4.5.3): only the unset ones, in this order. */
function withZip64(sizes: EntrySizes, extra: Buffer): EntrySizes {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let next = at + 4
    const read = (value: number): number => {
      if (value !== unset32 || next + 8 > extra.length) return value
      next += 8
      return Number(extra.readBigUInt64LE(next - 8))
    }
    const uncompressed = read(sizes.uncompressed)
    const compressed = read(sizes.compressed)
    return { uncompressed, compressed, offset: read(sizes.offset) }
  }
  return sizes
}

/**
 * The bytes of one entry.
 *
 * @throws Error if it is packed in an unknown way or larger than `mostBytes`
 */
export async function readZipEntry(file: FileHandle, entry: ZipEntry, mostBytes: number): Promise<Buffer> {
  if (entry.compressedBytes > mostBytes) throw new Error(`${entry.path} is too large`)
  const local = await readAt(file, entry.offset, localBytes)
  const start = entry.offset + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28)
  const bytes = await readAt(file, start, entry.compressedBytes)
  if (entry.method === 0) return bytes
  if (entry.method !== 8) throw new Error(`${entry.path} is packed with method ${entry.method}`)
  return inflateRawSync(bytes, { maxOutputLength: mostBytes })
}
