import { crc32 } from 'node:zlib'
import { FrontendError } from './frontend-answer.js'
import type { HttpRequest } from './http-server.js'
import { Busboy, type BusboyInstance } from '@fastify/busboy'

const openingBrace = 0x7b
const openingBracket = 0x5b

/** What the simulated model uses of a request's frames. */
export interface RequestFrames {
  /** A checksum of each frame's bytes. The same frame has the same checksum in every encoding. */
  checksums: number[]
  /** True for a single frame without a list. Its answer is an object instead of a list. */
  bare: boolean
}

/**
 * Extracts the frames of a request as TorchServe's worker and Framestorm's handler do: a raw body is one frame,
 * `text/*` is base64 of one, JSON holds base64 strings in an object or a list, multipart one frame per part. Calls back
 * with undefined if the handler could not read them. The call is synchronous, except for multipart. Bytes that are not
 * an image are accepted, because this server does not decode frames.
 */
export function readFrames(request: HttpRequest, done: (frames: RequestFrames | undefined) => void): void {
  const contentType = request.headers.get('content-type') ?? ''
  const mime = contentType.split(';')[0]!.trim().toLowerCase()
  // Without a boundary the frontend passes the body on unchanged.
  if (mime === 'multipart/form-data' && /boundary=/i.test(contentType))
    readMultipart(request, contentType, done)
  else if (mime === 'application/json') done(jsonFrames(Buffer.concat(request.body)))
  else if (mime === 'application/x-www-form-urlencoded')
    done(formFrames(Buffer.concat(request.body).toString('latin1')))
  else if (mime.startsWith('text')) done(textFrame(Buffer.concat(request.body).toString('latin1')))
  else done(rawFrame(request))
}

function rawFrame(request: HttpRequest): RequestFrames | undefined {
  if (request.bodyBytes === 0) return undefined
  const firstByte = request.body[0]![0]
  if (firstByte === openingBrace || firstByte === openingBracket)
    return jsonFrames(Buffer.concat(request.body))
  let checksum = 0
  for (const part of request.body) checksum = crc32(part, checksum)
  return { checksums: [checksum], bare: true }
}

function textFrame(base64: string): RequestFrames | undefined {
  const bytes = Buffer.from(base64, 'base64')
  // Node skips characters that are not base64. The handler uses Python's validating decoder, which rejects them.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const whole = bytes.length === (base64.length * 3) / 4 - padding
  return bytes.length === 0 || !whole ? undefined : { checksums: [crc32(bytes)], bare: true }
}

/** curl's default content type: for an image under it the frontend answers an error, before any model. */
function formFrames(body: string): RequestFrames | undefined {
  if (/%(?![0-9a-f]{2})/i.test(body)) {
    throw new FrontendError(500, 'ErrorDataDecoderException', `Bad string: '${body}'`)
  }
  const checksums = [...new URLSearchParams(body).values()].map((value) => textFrame(value)?.checksums[0])
  const known = checksums.filter((checksum) => checksum !== undefined)
  return known.length === 0 || known.length < checksums.length ? undefined : { checksums: known, bare: false }
}

function jsonFrames(body: Buffer): RequestFrames | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return undefined
  }
  if (typeof value === 'string') return textFrame(value)
  if (typeof value !== 'object' || value === null) return undefined
  const checksums: number[] = []
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    const frame = typeof item === 'string' ? textFrame(item) : undefined
    if (frame === undefined) return undefined
    checksums.push(frame.checksums[0]!)
  }
  return checksums.length === 0 ? undefined : { checksums, bare: false }
}

/** One frame per part; calls back with undefined if the body is cut short or a part is empty. */
function readMultipart(
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
    // A part without a file name is also a frame, with its bytes unchanged.
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
