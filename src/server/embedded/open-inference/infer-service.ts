import { randomUUID } from 'node:crypto'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { inferField, inferServices } from '../../../frames/message/model-infer.js'
import { readMessage } from '../../../frames/message/protobuf.js'
import type { ServedModels } from '../accept-prediction.js'
import { FrontendError } from '../frontend-answer.js'
import { GrpcError, grpcErrorFrom, type GrpcErrorFrom } from '../grpc/grpc-error.js'
import type { GrpcCall, GrpcMethods } from '../grpc/grpc-listener.js'
import { requireName } from '../grpc/predictions-service.js'
import type { LiveModel } from '../live-model.js'
import { infer, modelMetadata, rawContents, type Inferred } from './infer.js'

type Style = keyof typeof inferServices

/**
 * The open inference protocol over gRPC. `standard` behaves as KServe and Triton do; `torchserve` as TorchServe with
 * `ts_open_inference_protocol=true` (grpcimpl/OpenInferenceProtocolImpl.java): with a package of its own, without raw
 * contents, and with metadata that has no inputs.
 */
export function inferMethods(server: ServedModels, style: Style): GrpcMethods {
  const { serverLive, serverReady, modelReady, modelMetadata: metadata, modelInfer } = inferServices[style]
  const isStandard = style === 'standard'
  const isReady = () => !isStandard || server.models.all().every(({ allReady }) => allReady)
  const find = (name: string, version: string) => findModel(server, style, name, version)
  return new Map<string, (call: GrpcCall) => void>([
    [serverLive.path, ({ answer }) => answer(serverLive.encodeResponse(true))],
    [serverReady.path, ({ answer }) => answer(serverReady.encodeResponse(isReady()))],
    [
      modelReady.path,
      ({ message, answer }) => {
        const { name, version } = modelReady.decodeRequest(message)
        answer(modelReady.encodeResponse(find(requireName(name, 'name'), version).allReady))
      },
    ],
    [
      metadata.path,
      ({ message, answer }) => {
        const { name, version } = metadata.decodeRequest(message)
        find(requireName(name, 'model_name'), version)
        const all = modelMetadata(server, name)
        answer(metadata.encodeResponse(isStandard ? all : { ...all, platform: '', inputs: [], outputs: [] }))
      },
    ],
    [modelInfer.path, (call) => answerInfer(server, style, call)],
  ])
}

/** TorchServe answers NOT_FOUND here, unlike to a prediction. */
function findModel({ models }: ServedModels, style: Style, name: string, version = ''): LiveModel {
  try {
    return models.find(name, version === '' ? undefined : version)
  } catch (error) {
    if (style === 'standard') throw error
    throw new GrpcError('NOT_FOUND', grpcErrorFrom(error).message)
  }
}

function answerInfer(server: ServedModels, style: Style, { message, answer }: GrpcCall): void {
  const { modelInfer } = inferServices[style]
  const { modelName, modelVersion, id, inputs } = modelInfer.decodeRequest(message)
  const isRaw = hasRawInput(message)
  const isStandard = style === 'standard'
  const request = {
    model: requireName(modelName, 'model_name'),
    version: modelVersion === '' ? undefined : modelVersion,
    inputs: isRaw && !isStandard ? inputs.map((input) => ({ ...input, data: [] })) : inputs,
    form: isStandard ? 'tensors' : 'text-tensor',
  } as const
  infer(server, request, randomUUID(), (outcome) => {
    if (outcome instanceof FrontendError) answer(outcome)
    else if ('outputs' in outcome) answer(encodeInferred({ modelName, id }, outcome, isRaw && isStandard))
    else if (isStandard) answer(Buffer.from(outcome.body))
    // The worker of TorchServe dies from an answer that the frontend cannot read.
    else answer(new FrontendError(500, 'InternalServerException', 'Worker died.'))
  })
}

function hasRawInput(message: Uint8Array): boolean {
  let isRaw = false
  readMessage(message, {
    [inferField.rawInput](reader) {
      reader.bytes()
      isRaw = true
    },
  })
  return isRaw
}

/** Raw outputs for raw inputs, as Triton and KServe answer. */
function encodeInferred(
  request: { modelName: string; id: string },
  { version: modelVersion, outputs }: Inferred,
  asRaw: boolean,
): Uint8Array {
  const { encodeResponse } = inferServices.standard.modelInfer
  if (!asRaw) return encodeResponse({ ...request, modelVersion, outputs })
  const heads = outputs.map((output) => ({ ...output, data: [] }))
  const raw = new BinaryWriter()
  for (const output of outputs)
    raw.tag(inferField.rawOutput, WireType.LengthDelimited).bytes(rawContents(output))
  return Buffer.concat([encodeResponse({ ...request, modelVersion, outputs: heads }), raw.finish()])
}

/** The statuses of the open inference protocol's servers: with the message alone. */
export const inferErrorFrom: GrpcErrorFrom = (error) => {
  if (error instanceof GrpcError) return error
  if (!(error instanceof FrontendError)) return new GrpcError('INVALID_ARGUMENT', 'the message is not valid')
  const { status, type, message } = error
  if (type === 'ServiceUnavailableException') return new GrpcError('UNAVAILABLE', message)
  if (status === 404) return new GrpcError('NOT_FOUND', message)
  if (type === 'InvalidKeyException') return new GrpcError('UNAUTHENTICATED', message)
  return new GrpcError(status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL', message)
}
