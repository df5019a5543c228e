import { BinaryWriter, WireType, type BinaryReader } from '@bufbuild/protobuf/wire'
import { readMessage, type GrpcMethod } from './protobuf.js'
import { decodeContents, encodeContents, readRawContents, type Tensor } from './tensor-contents.js'

/*
 * The gRPC messages of the open inference protocol (kserve/open-inference-protocol,
 * specification/protocol/open_inference_grpc.proto). TorchServe has the same messages in a package of its own
 * (open_inference_grpc.proto in its resources), so its methods have other paths.
 */

/** ModelInferRequest, without its parameters. */
export interface InferRequest {
  modelName: string
  /** '' is the server's choice. */
  modelVersion: string
  /** '' if there is none. The answer has the same. */
  id: string
  inputs: Tensor[]
}

export interface InferResponse {
  modelName: string
  modelVersion: string
  id: string
  outputs: Tensor[]
}

export const inferField = {
  modelName: 1,
  modelVersion: 2,
  id: 3,
  tensors: 5,
  rawInput: 7,
  rawOutput: 6,
} as const
export const tensorField = { name: 1, datatype: 2, shape: 3, contents: 5 } as const

function encodeInferRequest(request: InferRequest): Uint8Array {
  return encodeInfer({ ...request, tensors: request.inputs })
}

function encodeInferResponse(response: InferResponse): Uint8Array {
  return encodeInfer({ ...response, tensors: response.outputs })
}

/** Reads typed and raw contents. */
function decodeInferRequest(bytes: Uint8Array): InferRequest {
  const { tensors: inputs, ...rest } = decodeInfer(bytes, inferField.rawInput)
  return { ...rest, inputs }
}

/** Reads typed and raw contents. */
function decodeInferResponse(bytes: Uint8Array): InferResponse {
  const { tensors: outputs, ...rest } = decodeInfer(bytes, inferField.rawOutput)
  return { ...rest, outputs }
}

/** Request and response have the same fields, except for the number of the raw contents. */
type Infer = Omit<InferRequest, 'inputs'> & { tensors: Tensor[] }

function encodeInfer({ modelName, modelVersion, id, tensors }: Infer): Uint8Array {
  const writer = new BinaryWriter()
  const text = (field: number, value: string) => {
    if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value)
  }
  text(inferField.modelName, modelName)
  text(inferField.modelVersion, modelVersion)
  text(inferField.id, id)
  for (const tensor of tensors) {
    writer.tag(inferField.tensors, WireType.LengthDelimited).fork()
    text(tensorField.name, tensor.name)
    text(tensorField.datatype, tensor.datatype)
    writer.tag(tensorField.shape, WireType.LengthDelimited).fork()
    for (const size of tensor.shape) writer.int64(size)
    writer.join()
    writer.tag(tensorField.contents, WireType.LengthDelimited).bytes(encodeContents(tensor))
    writer.join()
  }
  return writer.finish()
}

function decodeInfer(bytes: Uint8Array, rawField: number): Infer {
  const infer = { modelName: '', modelVersion: '', id: '' }
  const tensors: (Omit<Tensor, 'data'> & { contents: Uint8Array | undefined })[] = []
  const raw: Uint8Array[] = []
  readMessage(bytes, {
    [inferField.modelName]: (reader) => void (infer.modelName = reader.string()),
    [inferField.modelVersion]: (reader) => void (infer.modelVersion = reader.string()),
    [inferField.id]: (reader) => void (infer.id = reader.string()),
    [inferField.tensors]: (reader) => void tensors.push(decodeTensor(reader.bytes())),
    [rawField]: (reader) => void raw.push(reader.bytes()),
  })
  return {
    ...infer,
    tensors: tensors.map(({ contents, ...tensor }, index) => {
      const rawContents = raw[index]
      if (rawContents !== undefined) return { ...tensor, data: readRawContents(tensor.datatype, rawContents) }
      return { ...tensor, data: contents === undefined ? [] : decodeContents(tensor.datatype, contents) }
    }),
  }
}

function decodeTensor(bytes: Uint8Array) {
  const tensor = {
    name: '',
    datatype: '',
    shape: [] as number[],
    contents: undefined as Uint8Array | undefined,
  }
  readMessage(bytes, {
    ...metadataReaders(tensor),
    [tensorField.contents]: (reader) => void (tensor.contents = reader.bytes()),
  })
  return tensor
}

/** What a model's metadata says about one of its tensors. A size of -1 in its shape is any. */
export type TensorMetadata = Omit<Tensor, 'data'>

function metadataReaders(tensor: TensorMetadata) {
  return {
    [tensorField.name]: (reader: BinaryReader) => void (tensor.name = reader.string()),
    [tensorField.datatype]: (reader: BinaryReader) => void (tensor.datatype = reader.string()),
    [tensorField.shape](reader: BinaryReader) {
      const end = reader.uint32() + reader.pos
      while (reader.pos < end) tensor.shape.push(Number(reader.int64()))
    },
  }
}

/** ModelMetadataRequest and ModelReadyRequest. */
function encodeModelRequest({
  name,
  version = '',
}: {
  name: string
  version?: string | undefined
}): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name)
  return (version === '' ? writer : writer.tag(2, WireType.LengthDelimited).string(version)).finish()
}

function decodeModelRequest(bytes: Uint8Array): { name: string; version: string } {
  const model = { name: '', version: '' }
  readMessage(bytes, {
    1: (reader) => void (model.name = reader.string()),
    2: (reader) => void (model.version = reader.string()),
  })
  return model
}

/** ModelMetadataResponse, without its properties. */
export interface ModelMetadata {
  name: string
  versions: string[]
  platform: string
  inputs: TensorMetadata[]
  outputs: TensorMetadata[]
}

function encodeModelMetadata({ name, versions, platform, inputs, outputs }: ModelMetadata): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).string(name)
  for (const version of versions) writer.tag(2, WireType.LengthDelimited).string(version)
  if (platform !== '') writer.tag(3, WireType.LengthDelimited).string(platform)
  for (const [field, tensors] of [
    [4, inputs],
    [5, outputs],
  ] as const) {
    for (const { name: own, datatype, shape } of tensors) {
      writer.tag(field, WireType.LengthDelimited).fork()
      writer.tag(tensorField.name, WireType.LengthDelimited).string(own)
      writer.tag(tensorField.datatype, WireType.LengthDelimited).string(datatype)
      writer.tag(tensorField.shape, WireType.LengthDelimited).fork()
      for (const size of shape) writer.int64(size)
      writer.join().join()
    }
  }
  return writer.finish()
}

function decodeModelMetadata(bytes: Uint8Array): ModelMetadata {
  const metadata: ModelMetadata = { name: '', versions: [], platform: '', inputs: [], outputs: [] }
  const readTensor = (inner: Uint8Array): TensorMetadata => {
    const tensor: TensorMetadata = { name: '', datatype: '', shape: [] }
    readMessage(inner, metadataReaders(tensor))
    return tensor
  }
  readMessage(bytes, {
    1: (reader) => void (metadata.name = reader.string()),
    2: (reader) => void metadata.versions.push(reader.string()),
    3: (reader) => void (metadata.platform = reader.string()),
    4: (reader) => void metadata.inputs.push(readTensor(reader.bytes())),
    5: (reader) => void metadata.outputs.push(readTensor(reader.bytes())),
  })
  return metadata
}

/** ServerLiveResponse, ServerReadyResponse and ModelReadyResponse. */
function encodeReady(isReady: boolean): Uint8Array {
  return new BinaryWriter().tag(1, WireType.Varint).bool(isReady).finish()
}

function decodeReady(bytes: Uint8Array): boolean {
  let isReady = false
  readMessage(bytes, { 1: (reader) => void (isReady = reader.bool()) })
  return isReady
}

/** The model of a request. '' is the version of the server's choice. */
interface RequestedModel {
  name: string
  version?: string | undefined
}

/** The methods of a service with this path. */
function inferMethods(service: string) {
  const empty = { encodeRequest: () => new Uint8Array(0), decodeRequest: () => undefined }
  const ready = { encodeResponse: encodeReady, decodeResponse: decodeReady }
  const ofModel = { encodeRequest: encodeModelRequest, decodeRequest: decodeModelRequest }
  const methods = {
    serverLive: { path: `${service}/ServerLive`, ...empty, ...ready },
    serverReady: { path: `${service}/ServerReady`, ...empty, ...ready },
    modelReady: { path: `${service}/ModelReady`, ...ofModel, ...ready },
    modelMetadata: {
      path: `${service}/ModelMetadata`,
      ...ofModel,
      encodeResponse: encodeModelMetadata,
      decodeResponse: decodeModelMetadata,
    },
    modelInfer: {
      path: `${service}/ModelInfer`,
      encodeRequest: encodeInferRequest,
      decodeRequest: decodeInferRequest,
      encodeResponse: encodeInferResponse,
      decodeResponse: decodeInferResponse,
    },
  }
  return methods satisfies {
    serverLive: GrpcMethod<undefined, boolean>
    serverReady: GrpcMethod<undefined, boolean>
    modelReady: GrpcMethod<RequestedModel, boolean>
    modelMetadata: GrpcMethod<RequestedModel, ModelMetadata>
    modelInfer: GrpcMethod<InferRequest, InferResponse>
  }
}

/** The service of the standard, as KServe, MLServer, Triton and OVMS have it, and that of TorchServe's own package. */
export const inferServices = {
  standard: inferMethods('/inference.GRPCInferenceService'),
  torchserve: inferMethods('/org.pytorch.serve.grpc.openinference.GRPCInferenceService'),
} as const
