import { crc32 } from 'node:zlib'
import { Busboy } from '@fastify/busboy'
import type { BusboyInstance } from '@fastify/busboy'
import type { HttpRequest } from './http-request.js'
import type { RequestFrames } from './request-frames.js'

/** One frame a part; calls back with undefined where the body breaks off, or a part is empty. */
export function readMultipart(
  request: HttpRequest,
  contentType: string,
  done: (frames: RequestFrames | undefined) => void,
): void {
  const checksums: number[] = []
  let failed = false
  const finish = () => {
    done(failed || checksums.length === 0 || checksums.includes(0) ? undefined : { checksums, bare: false })
  }
  let parser: BusboyInstance
  try {
    // A part without a file name holds a frame as well, bytes as they are.
    parser = new Busboy({ headers: { 'content-type': contentType }, isPartAFile: () => true })
  } catch {
    done(undefined)
    return
  }
  parser.on('file', (_name, stream) => {
    const place = checksums.push(0) - 1
    stream.on('data', (part: Buffer) => {
      checksums[place] = crc32(part, checksums[place])
    })
  })
  parser.on('error', () => {
    if (!failed) {
      failed = true
      finish()
    }
  })
  parser.on('finish', finish)
  for (const part of request.body) parser.write(part)
  parser.end()
}
