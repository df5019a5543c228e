import { crc32 } from 'node:zlib'
import { readTrackedKey } from '../../frames/payload/predictions-payload.js'
import { FrontendError } from './frontend-answer.js'
import type { HttpRequest } from './http-server.js'
import { Busboy, type BusboyInstance } from '@fastify/busboy'

const openingBrace = 0x7b
const openingBracket = 0x5b

/**
 * What a handler answers: the result of a single frame, or a list with one result per frame; in the open inference
 * protocol, tensors with one row per frame, or as Framestorm's handler one text per frame.
 */
export type AnswerForm = 'result' | 'list' | 'tensors' | 'text-tensor'

/** What the simulated model uses of a request's frames. */
export interface RequestFrames {
  /** A checksum of each frame's bytes. The same frame has the same checksum in every encoding. */
  checksums: number[]
  form: AnswerForm
  /** The id that the client gave to the request in the key of its first frame. */
  clientRequestId?: string
}

/**
 * Extracts the frames of a request as TorchServe's worker and Framestorm's handler do: a raw body is one frame,
 * `text/*` is base64 of one. In JSON of any shape, every base64 JPEG and data URL is a frame, or else every text is.
 * In multipart, every file is a frame, or else every part is. Calls back with undefined if the handler could not read
 * them. The call is synchronous, except for multipart. Bytes that are not an image are accepted, because this server
 * does not decode frames.
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
  else done(rawFrame(request.body))
}

/**
 * Extracts the frames of a row of TorchServe's gRPC API, which are bytes under keys, as Framestorm's handler does: bytes
 * under `body` alone are a raw body, values with numbered keys are frames in the order of their numbers. Else every
 * picture is a frame, or else every value is, in the order of arrival.
 */
export function rowFrames(row: ReadonlyMap<string, Uint8Array>): RequestFrames | undefined {
  const body = row.get('body')
  if (body !== undefined && row.size === 1) return rawFrame([body])
  const entries = Array.from(row, ([key, bytes]) => ({ bytes, key: readTrackedKey(key) }))
  if (entries.every(({ key }) => key !== undefined)) {
    const ordered = entries.toSorted((a, b) => a.key!.place - b.key!.place)
    // A single frame of Framestorm's is answered as it is over HTTP.
    const frames = framesOf(
      ordered.map(({ bytes }) => bytes),
      ordered.length === 1 ? 'result' : 'list',
    )
    const clientRequestId = ordered[0]?.key?.requestId
    return frames && { ...frames, ...(clientRequestId !== undefined && { clientRequestId }) }
  }
  const values = [...row.values()]
  const pictures = values.filter(isPictureFile)
  return framesOf(pictures.length > 0 ? pictures : values, 'list')
}

function framesOf(frames: Uint8Array[], form: AnswerForm): RequestFrames | undefined {
  if (frames.length === 0 || frames.some(({ length }) => length === 0)) return undefined
  return { checksums: frames.map((frame) => crc32(frame)), form }
}

const pictureSignatures = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('\x89PNG', 'latin1')]

export function isPictureFile(bytes: Uint8Array): boolean {
  return pictureSignatures.some((signature) => signature.equals(bytes.subarray(0, signature.length)))
}

function rawFrame(body: Uint8Array[]): RequestFrames | undefined {
  const firstByte = body[0]?.[0]
  if (firstByte === undefined) return undefined
  if (firstByte === openingBrace || firstByte === openingBracket) return jsonFrames(Buffer.concat(body))
  let checksum = 0
  for (const part of body) checksum = crc32(part, checksum)
  return { checksums: [checksum], form: 'result' }
}

function textFrame(base64: string): RequestFrames | undefined {
  const bytes = Buffer.from(base64, 'base64')
  // Node skips characters that are not base64. The handler uses Python's validating decoder, which rejects them.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const whole = bytes.length === (base64.length * 3) / 4 - padding
  return bytes.length === 0 || !whole ? undefined : { checksums: [crc32(bytes)], form: 'result' }
}

/** curl's default content type: for an image under it the frontend answers an error, before any model. */
function formFrames(body: string): RequestFrames | undefined {
  if (/%(?![0-9a-f]{2})/i.test(body)) {
    throw new FrontendError(500, 'ErrorDataDecoderException', `Bad string: '${body}'`)
  }
  const checksums = [...new URLSearchParams(body).values()].map((value) => textFrame(value)?.checksums[0])
  const known = checksums.filter((checksum) => checksum !== undefined)
  return known.length === 0 || known.length < checksums.length
    ? undefined
    : { checksums: known, form: 'list' }
}

function jsonFrames(body: Buffer): RequestFrames | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return undefined
  }
  if (typeof value === 'string') return textFrame(value)
  const texts = textsIn(value)
  const pictures = texts.filter(isPicture)
  const frames = pictures.length > 0 ? pictures : texts
  const checksums = frames.map((text) => textFrame(text.replace(dataUrl, ''))?.checksums[0])
  const known = checksums.filter((checksum) => checksum !== undefined)
  return known.length === 0 || known.length < checksums.length
    ? undefined
    : { checksums: known, form: 'list' }
}

/** Every text in JSON, in order. Keys are not included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const dataUrl = /^data:[^,]*;base64,/
/** The first bytes of a JPEG, ff d8 ff, in base64. */
const jpegBegin = '/9j/'

function isPicture(text: string): boolean {
  return text.startsWith(jpegBegin) || dataUrl.test(text)
}

/**
 * One frame per file, or per part if there is no file. The worker keeps the last of several parts with the same name,
 * in the place of the first (a Python dict). Calls back with undefined if the body is cut short or a frame is empty.
 */
function readMultipart(
  request: HttpRequest,
  contentType: string,
  done: (frames: RequestFrames | undefined) => void,
): void {
  const parts = new Map<string, { checksum: number; isFile: boolean }>()
  let failed = false
  const finish = () => {
    const all = [...parts.values()]
    const files = all.filter(({ isFile }) => isFile)
    const checksums = (files.length > 0 ? files : all).map(({ checksum }) => checksum)
    done(failed || checksums.length === 0 || checksums.includes(0) ? undefined : { checksums, form: 'list' })
  }
  let parser: BusboyInstance
  try {
    // A part without a file name may also be a frame, with its bytes unchanged.
    parser = new Busboy({ headers: { 'content-type': contentType }, isPartAFile: () => true })
  } catch {
    done(undefined)
    return
  }
  parser.on('file', (name, stream, fileName: string | undefined) => {
    const part = { checksum: 0, isFile: fileName !== undefined }
    parts.set(name, part)
    stream.on('data', (bytes: Buffer) => {
      part.checksum = crc32(bytes, part.checksum)
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
