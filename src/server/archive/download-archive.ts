import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { cacheFolder } from '../../system/cache-folder.js'
import type { OnProgress } from '../../system/progress.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { markUsed, removeUnusedArchives, validatorsFile } from './kept-archives.js'

/** What identifies the version of a downloaded file (RFC 9110, 8.8). */
const validatorsSchema = z.object({ etag: z.string().optional(), lastModified: z.string().optional() })
type Validators = z.infer<typeof validatorsSchema>

/**
 * Downloads an archive into the cache, and asks for it again only if the server has another version. TorchServe could
 * load it by its address too, but once per registration, and unchecked.
 *
 * @param url without credentials and query
 * @returns the path of the file
 * @throws UserError (exit code 3) if it cannot be downloaded; the signal's reason on abort
 */
export async function downloadArchive(
  url: string,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined } = {},
): Promise<string> {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 16)
  const file = join(cacheFolder(), 'archives', `url-${key}.mar`)
  const beside = validatorsFile(file)
  const known = (await stat(file).catch(() => undefined)) === undefined ? {} : await readValidators(beside)
  onProgress?.({ text: `downloading ${url}` })
  try {
    const response = await fetch(url, {
      headers: {
        ...(known.etag !== undefined && { 'if-none-match': known.etag }),
        ...(known.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
      },
      ...(signal && { signal }),
    })
    if (response.status === 304) {
      await response.body?.cancel()
      await markUsed(file)
      return file
    }
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`)
    await mkdir(dirname(file), { recursive: true })
    await removeUnusedArchives(dirname(file))
    const partial = `${file}.${randomUUID()}`
    try {
      const totalBytes = Number(response.headers.get('content-length') ?? Number.NaN)
      const counted = countBytes(response.body, (bytes) => onProgress?.(progressOf(url, bytes, totalBytes)))
      await pipeline(Readable.from(counted), createWriteStream(partial), { ...(signal && { signal }) })
      await rename(partial, file)
    } finally {
      await rm(partial, { force: true })
    }
    const validators: Validators = {
      etag: response.headers.get('etag') ?? undefined,
      lastModified: response.headers.get('last-modified') ?? undefined,
    }
    await writeFileAtomic(beside, JSON.stringify(validators))
    return file
  } catch (error) {
    signal?.throwIfAborted()
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new UserError('the model archive cannot be downloaded', {
      where: url,
      expected: 'status 200 and the archive',
      received: messageOf(cause),
      remedy: 'Check the address in model.archive. Or download the file yourself and write its path.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

async function readValidators(file: string): Promise<Validators> {
  try {
    return validatorsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}

/** Progress is told once per 5 MB. */
const stepBytes = 5e6

async function* countBytes(
  body: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    if (Math.floor(bytes / stepBytes) < Math.floor((bytes + chunk.length) / stepBytes)) {
      onBytes(bytes + chunk.length)
    }
    bytes += chunk.length
    yield chunk
  }
}

function progressOf(url: string, bytes: number, totalBytes: number): { text: string; fraction?: number } {
  const text = `downloading ${url} (${(bytes / 1e6).toFixed(0)} MB)`
  return Number.isNaN(totalBytes) ? { text } : { text, fraction: bytes / totalBytes }
}
