import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { grpcPrefixBytes } from '../message/grpc-prefix.js'
import { entryField, predictionsField } from '../message/predictions.js'
import type { RequestMessage } from './build-payload.js'
import { numberWidths, type SentNumber } from './payload.js'

/** The keys of the frames in the map of a request, which are the fields of the handler's row. */
export interface FrameKeys {
  /** Gives the key of the frame at this zero-based place of a request with up to so many frames. */
  keyAt: (place: number, framesPerRequest: number) => string
  /** Where the id of the request stands in the key of the first frame; undefined if it does not carry one. */
  requestIdAt?: number | undefined
}

/** Digits of the frame's number in a key. */
const placeDigits = 4
const lastPlace = 10 ** placeDigits - 1

const noRequestId = '0'.repeat(numberWidths.hex)

/**
 * Keys for Framestorm's own handler, such as `frame_0000_6f1e…`: it orders the frames by their number and logs the id of
 * the request, because TorchServe does not tell a gRPC client the id that it gives to a request. The key of the first
 * frame carries the id.
 */
export const trackedKeys = {
  keyAt: (place: number) => `frame_${String(place).padStart(placeDigits, '0')}_${noRequestId}`,
  requestIdAt: 'frame_'.length + placeDigits + 1,
} as const satisfies FrameKeys

const trackedKey = new RegExp(`^frame_(\\d{${placeDigits}})_([0-9a-f]{${noRequestId.length}})$`)

/** The frame's place and the request's id (all zeros in keys other than the first) in such a key; undefined for another. */
export function readTrackedKey(key: string): { place: number; requestId: string } | undefined {
  const [, place, requestId] = trackedKey.exec(key) ?? []
  return place === undefined || requestId === undefined ? undefined : { place: Number(place), requestId }
}

/**
 * Keys for other handlers, so that their rows are those of a request over HTTP: `body` as for a raw body, or the names of
 * several frames in a multipart body.
 */
export function namedKeys(nameAt: (place: number) => string): FrameKeys {
  return { keyAt: (place, framesPerRequest) => (framesPerRequest === 1 ? 'body' : nameAt(place)) }
}

/** Without a version, the default version of the server answers. */
interface PredictedModel {
  name: string
  version?: string | undefined
}

/**
 * The gRPC message PredictionsRequest with the frames of a request under these keys. In each entry of the map the key
 * follows the frame (a parser accepts the fields of a message in any order), and all keys take the same number of bytes.
 * So the bytes before a frame depend on that frame only.
 */
export function predictionsMessage(model: PredictedModel, keys: FrameKeys): RequestMessage {
  const keyBytes = longestKey(keys)
  return {
    framing: (frameBytes) => entryFraming(frameBytes, keyBytes),
    framingId: `map entry, key of ${keyBytes} bytes`,
    parts: (framesPerRequest) => predictionsParts(model, framesPerRequest, { ...keys, keyBytes }),
  }
}

/** Of the keys of requests of any size. */
function longestKey({ keyAt }: FrameKeys): number {
  return Math.max(Buffer.byteLength(keyAt(0, 1)), Buffer.byteLength(keyAt(lastPlace, lastPlace + 1)))
}

function entryFraming(frameBytes: number, keyBytes: number): Uint8Array {
  const value = new BinaryWriter().tag(entryField.value, WireType.LengthDelimited).uint32(frameBytes).finish()
  return new BinaryWriter()
    .tag(predictionsField.input, WireType.LengthDelimited)
    .uint32(value.length + frameBytes + keyFieldBytes(keyBytes))
    .raw(value)
    .finish()
}

/** A tag, a length of at least one byte, and the key. */
function keyFieldBytes(keyBytes: number): number {
  return 1 + lengthBytes(keyBytes) + keyBytes
}

function lengthBytes(bytes: number): number {
  return new BinaryWriter().uint32(bytes).finish().length
}

/**
 * The field of a key, in as many bytes as one of `keyBytes` takes: the length of a shorter key is filled up with
 * continuation bytes. A longer fill than the ten bytes of a varint is not possible, but keys differ by few digits.
 */
function keyField(key: string, keyBytes: number): Uint8Array {
  const own = Buffer.byteLength(key)
  const width = keyFieldBytes(keyBytes) - 1 - own
  const length = new BinaryWriter().uint32(own).finish()
  const fill = width - length.length
  if (width > mostVarintBytes) throw new Error(`the keys of frames differ by ${fill} bytes`)
  const padded =
    fill === 0
      ? length
      : Buffer.from([
          ...length.map((byte) => byte | 0x80),
          ...Array.from({ length: fill - 1 }, () => 0x80),
          0,
        ])
  return new BinaryWriter()
    .tag(entryField.key, WireType.LengthDelimited)
    .raw(padded)
    .raw(Buffer.from(key))
    .finish()
}

const mostVarintBytes = 10

/** The gaps of the message in the text format of protobuf. */
function shownGaps(
  { name, version }: PredictedModel,
  keys: readonly string[],
  requestIdAt: number | undefined,
): string[] {
  const [first = '', ...others] = keys
  const tracked = requestIdAt === undefined ? first : `${first.slice(0, requestIdAt)}<request id>`
  const entries = [tracked, ...others].map((key) => `\ninput { key: ${JSON.stringify(key)} value: `)
  const versionText = version === undefined ? '' : ` model_version: ${JSON.stringify(version)}`
  return [`model_name: ${JSON.stringify(name)}${versionText}`, ...entries.map(() => ' }')].map(
    (text, gap) => text + (entries[gap] ?? ''),
  )
}

function predictionsParts(
  model: PredictedModel,
  framesPerRequest: number,
  { keyAt, requestIdAt, keyBytes }: FrameKeys & { keyBytes: number },
): ReturnType<RequestMessage['parts']> {
  const writer = new BinaryWriter().raw(new Uint8Array(grpcPrefixBytes))
  writer.tag(predictionsField.modelName, WireType.LengthDelimited).string(model.name)
  if (model.version !== undefined)
    writer.tag(predictionsField.modelVersion, WireType.LengthDelimited).string(model.version)
  const head = writer.finish()
  const none = new Uint8Array(0)
  const places = Array.from({ length: framesPerRequest }, (_, place) => place)
  const keyNames = places.map((place) => keyAt(place, framesPerRequest))
  const trails = keyNames.map((key) => keyField(key, keyBytes))
  const length: SentNumber = { gap: 0, at: 1, form: 'uint32', value: { bytesAfter: grpcPrefixBytes } }
  const keyStart = trails[0]!.length - Buffer.byteLength(keyNames[0]!)
  return {
    contentType: 'application/grpc',
    leads: places.map((place) => (place === 0 ? head : none)),
    trails,
    end: none,
    variables: [],
    shownGaps: shownGaps(model, keyNames, requestIdAt),
    numbers: [
      length,
      ...(requestIdAt === undefined
        ? []
        : [{ gap: 1, at: keyStart + requestIdAt, form: 'hex', value: 'requestId' } as const]),
    ],
  }
}
