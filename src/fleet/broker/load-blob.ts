import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '@nats-io/obj'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { BlobName } from '../message/parse-message.js'

/** Blobs in a folder take at most so many bytes; the ones that were not used for longest are removed. */
const mostKeptBytes = 4e9
/** A download that stands still for so long is tried again. */
const stallMs = 15_000
const attempts = 4
const retryMs = 1000

/**
 * The bytes of a blob, from the folder or else from the store.
 *
 * @throws UserError (exit code 3) if the store does not have it, or it does not have its hash
 */
export async function loadBlob(
  store: Pick<ObjectStore, 'get'>,
  { folder, blob, signal }: { folder: string; blob: BlobName; signal: AbortSignal },
): Promise<SharedArrayBuffer> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, blob.sha256)
  const kept = await readBlob(file, blob)
  if (kept !== undefined) return kept
  await makeRoom(folder, blob.bytes)
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      await download(store, file, blob, signal)
      break
    } catch (error) {
      signal.throwIfAborted()
      if (attempt === attempts || error instanceof UserError) throw error
      // The broker may restart.
      await sleep(attempt * retryMs, undefined, { signal })
    }
  }
  const bytes = await readBlob(file, blob)
  if (bytes !== undefined) return bytes
  throw new UserError('a payload arrived damaged', {
    expected: `${blob.bytes} bytes with SHA-256 ${blob.sha256}`,
    received: 'other bytes',
    exitCode: ExitCode.environment,
  })
}

/** Undefined if the file is not there or has other bytes. */
async function readBlob(file: string, { sha256, bytes }: BlobName): Promise<SharedArrayBuffer | undefined> {
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  )
  if (size !== bytes) return undefined
  const shared = new SharedArrayBuffer(bytes)
  const target = new Uint8Array(shared)
  const handle = await open(file)
  try {
    for (let at = 0; at < bytes;) {
      const { bytesRead } = await handle.read(target, at, bytes - at, at)
      if (bytesRead === 0) return undefined
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
  if (createHash('sha256').update(target).digest('hex') !== sha256) return undefined
  const now = new Date()
  await utimes(file, now, now)
  return shared
}

async function download(
  store: Pick<ObjectStore, 'get'>,
  file: string,
  { sha256, bytes }: BlobName,
  signal: AbortSignal,
): Promise<void> {
  const found = await store.get(sha256)
  // It rejects for a download that is stopped. What is wrong with one that is not, its reader gets to know.
  found?.error.catch(() => undefined)
  if (found === null || found.info.size !== bytes) {
    await found?.data.cancel()
    throw new UserError('the broker does not have the payload of the job', {
      expected: `${bytes} bytes with SHA-256 ${sha256}`,
      received: found === null ? 'nothing' : `${found.info.size} bytes`,
      exitCode: ExitCode.environment,
    })
  }
  const part = `${file}.${randomUUID()}.part`
  const reader = found.data.getReader()
  const handle = await open(part, 'wx')
  let stalled: NodeJS.Timeout | undefined
  const stopReading = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stopReading)
  try {
    let written = 0
    for (;;) {
      stalled = setTimeout(stopReading, stallMs)
      const { done, value } = await reader.read()
      clearTimeout(stalled)
      if (done) break
      written += value.byteLength
      if (written > bytes) throw new Error('more bytes than announced')
      await handle.write(value)
    }
    if (written < bytes) throw new Error('fewer bytes than announced')
    await handle.close()
    await rename(part, file)
  } finally {
    clearTimeout(stalled)
    signal.removeEventListener('abort', stopReading)
    stopReading()
    await handle.close().catch(() => undefined)
    await rm(part, { force: true })
  }
}

/** Removes the blobs that were not used for longest, until the folder has room for another one. */
async function makeRoom(folder: string, bytes: number): Promise<void> {
  const found = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      // Another agent on this machine may remove it meanwhile.
      const state = await stat(join(folder, name)).catch(() => undefined)
      return state && { name, size: state.size, mtimeMs: state.mtimeMs }
    }),
  )
  const kept = found.filter((one) => one !== undefined)
  let total = kept.reduce((sum, { size }) => sum + size, bytes)
  for (const { name, size } of kept.toSorted((one, other) => one.mtimeMs - other.mtimeMs)) {
    if (total <= mostKeptBytes) return
    await rm(join(folder, name), { force: true })
    total -= size
  }
}
