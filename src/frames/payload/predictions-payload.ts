import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { entryField, predictionsField } from '../message/predictions.js'
import { grpcPrefixBytes } from '../message/grpc-prefix.js'
import type { RequestMessage } from './build-payload.js'
import { numberWidths, type SentNumber } from './payload.js'

/** What the key of each frame is made of: the handler's row has the frames under these keys. */
export interface FrameKeys {
  /** Gives the key of the frame at this zero-based place. All keys of a request must have the same length. */
  keyAt: (place: number) => string
  /** Where the id of the request stands in the key of the first frame; undefined if it does not carry one. */
  requestIdAt?: number | undefined
}

/** Digits of the frame's number in a key. */
const placeDigits = 4

const noRequestId = '0'.repeat(numberWidths.hex)

/**
 * Keys for Framestorm's own handler, such as `frame_0000_6f1e…`: it orders the frames by their number and logs the id of
 * the request, because TorchServe does not tell a gRPC client the id that it gives to a request. The key of the first
 * frame carries the id.
 */
export const trackedKeys: FrameKeys = {
  keyAt: (place) => `frame_${String(place).padStart(placeDigits, '0')}_${noRequestId}`,
  requestIdAt: 'frame_'.length + placeDigits + 1,
}

const trackedKey = new RegExp(`^frame_(\\d{${placeDigits}})_([0-9a-f]{${noRequestId.length}})$`)

/** The frame's place and the request's id (all zeros in keys other than the first) in such a key; undefined for another. */
export function readTrackedKey(key: string): { place: number; requestId: string } | undefined {
  const [, place, requestId] = trackedKey.exec(key) ?? []
  return place === undefined || requestId === undefined ? undefined : { place: Number(place), requestId }
}

/**
 * An entry of the map: its tag and length, and the frame with its tag and length. The key follows the frame, so that
 * these bytes depend on the frame only (a parser accepts the fields of a message in any order).
 *
 * @param keyBytes the length of each key
 */
function entryFraming(frameBytes: number, keyBytes: number): Uint8Array {
  const value = new BinaryWriter().tag(entryField.value, WireType.LengthDelimited).uint32(frameBytes).finish()
  const entryBytes = value.length + frameBytes + keyField(' '.repeat(keyBytes)).length
  return new BinaryWriter()
    .tag(predictionsField.input, WireType.LengthDelimited)
    .uint32(entryBytes)
    .raw(value)
    .finish()
}

function keyField(key: string): Uint8Array {
  return new BinaryWriter().tag(entryField.key, WireType.LengthDelimited).string(key).finish()
}

/** The gRPC message PredictionsRequest with the frames of a request under these keys. */
export function predictionsMessage(model: PredictedModel, keys: FrameKeys): RequestMessage {
  const keyBytes = Buffer.byteLength(keys.keyAt(0))
  return {
    framing: (frameBytes) => entryFraming(frameBytes, keyBytes),
    parts: (framesPerRequest) => predictionsParts(model, framesPerRequest, keys),
  }
}

/** Without a version, the default version of the server answers. */
interface PredictedModel {
  name: string
  version?: string | undefined
}

function predictionsParts(
  model: PredictedModel,
  framesPerRequest: number,
  { keyAt, requestIdAt }: FrameKeys,
): ReturnType<RequestMessage['parts']> {
  const writer = new BinaryWriter().raw(new Uint8Array(grpcPrefixBytes))
  writer.tag(predictionsField.modelName, WireType.LengthDelimited).string(model.name)
  if (model.version !== undefined)
    writer.tag(predictionsField.modelVersion, WireType.LengthDelimited).string(model.version)
  const head = writer.finish()
  const none = new Uint8Array(0)
  const places = Array.from({ length: framesPerRequest }, (_, place) => place)
  const trails = places.map((place) => keyField(keyAt(place)))
  const length: SentNumber = { gap: 0, at: 1, form: 'uint32', value: { bytesAfter: grpcPrefixBytes } }
  const keyStart = trails[0]!.length - Buffer.byteLength(keyAt(0))
  return {
    contentType: 'application/grpc',
    leads: places.map((place) => (place === 0 ? head : none)),
    trails,
    end: none,
    variables: [],
    numbers: [
      length,
      ...(requestIdAt === undefined
        ? []
        : [{ gap: 1, at: keyStart + requestIdAt, form: 'hex', value: 'requestId' } as const]),
    ],
  }
}
