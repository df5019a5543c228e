import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { readMessage, type GrpcMethod } from './protobuf.js'

/*
 * The messages of TorchServe's gRPC inference API (pytorch/serve 0.12,
 * frontend/server/src/main/resources/proto/inference.proto).
 */

/** PredictionsRequest. */
export interface PredictionsRequest {
  modelName: string
  /** '' is the default version. */
  modelVersion: string
  /** The row of the handler, in the order of the message. The last of equal keys counts. */
  input: ReadonlyMap<string, Uint8Array>
}

export const predictionsField = { modelName: 1, modelVersion: 2, input: 3 } as const
export const entryField = { key: 1, value: 2 } as const

function encodePredictionsRequest({ modelName, modelVersion, input }: PredictionsRequest): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(predictionsField.modelName, WireType.LengthDelimited).string(modelName)
  if (modelVersion !== '')
    writer.tag(predictionsField.modelVersion, WireType.LengthDelimited).string(modelVersion)
  for (const [key, value] of input) {
    writer.tag(predictionsField.input, WireType.LengthDelimited).fork()
    writer.tag(entryField.key, WireType.LengthDelimited).string(key)
    writer.tag(entryField.value, WireType.LengthDelimited).bytes(value)
    writer.join()
  }
  return writer.finish()
}

function decodePredictionsRequest(bytes: Uint8Array): PredictionsRequest {
  const input = new Map<string, Uint8Array>()
  const request = { modelName: '', modelVersion: '', input }
  readMessage(bytes, {
    [predictionsField.modelName]: (reader) => void (request.modelName = reader.string()),
    [predictionsField.modelVersion]: (reader) => void (request.modelVersion = reader.string()),
    [predictionsField.input](reader) {
      let key = ''
      let value: Uint8Array = new Uint8Array(0)
      readMessage(reader.bytes(), {
        [entryField.key]: (entry) => void (key = entry.string()),
        [entryField.value]: (entry) => void (value = entry.bytes()),
      })
      input.set(key, value)
    },
  })
  return request
}

/** PredictionResponse: what the handler returned for the row. */
function encodePredictionResponse(prediction: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(prediction).finish()
}

function decodePredictionResponse(bytes: Uint8Array): Uint8Array {
  let prediction: Uint8Array = new Uint8Array(0)
  readMessage(bytes, { 1: (reader) => void (prediction = reader.bytes()) })
  return prediction
}

/** TorchServeHealthResponse, the answer of Ping: JSON as that of /ping. */
function encodeHealthResponse(health: string): Uint8Array {
  return new BinaryWriter().tag(1, WireType.LengthDelimited).string(health).finish()
}

function decodeHealthResponse(bytes: Uint8Array): string {
  let health = ''
  readMessage(bytes, { 1: (reader) => void (health = reader.string()) })
  return health
}

const service = '/org.pytorch.serve.grpc.inference.InferenceAPIsService'

/** A prediction. The response is what the handler returned for the row. */
export const predictions: GrpcMethod<PredictionsRequest, Uint8Array> = {
  path: `${service}/Predictions`,
  encodeRequest: encodePredictionsRequest,
  decodeRequest: decodePredictionsRequest,
  encodeResponse: encodePredictionResponse,
  decodeResponse: decodePredictionResponse,
}

/** The counterpart of /ping: the response is the same JSON, such as `{"status":"Healthy"}`. */
export const torchServePing: GrpcMethod<undefined, string> = {
  path: `${service}/Ping`,
  encodeRequest: () => new Uint8Array(0),
  decodeRequest: () => undefined,
  encodeResponse: encodeHealthResponse,
  decodeResponse: decodeHealthResponse,
}
