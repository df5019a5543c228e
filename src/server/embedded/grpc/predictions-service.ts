import { randomUUID } from 'node:crypto'
import { predictions, torchServePing } from '../../../frames/message/predictions.js'
import { acceptPrediction, type ServedModels } from '../accept-prediction.js'
import { FrontendError } from '../frontend-answer.js'
import { pingAnswer } from '../inference-routes.js'
import { rowFrames } from '../request-frames.js'
import type { GrpcCall, GrpcMethods } from './grpc-listener.js'

/** TorchServe's gRPC inference API (grpcimpl/InferenceImpl.java): the queue and the models of its HTTP API. */
export function predictionMethods(server: ServedModels): GrpcMethods {
  return new Map([
    [
      torchServePing.path,
      ({ answer }) =>
        answer(torchServePing.encodeResponse(pingAnswer(server.models.defaults()).body.trimEnd())),
    ],
    [predictions.path, (call) => predict(server, call)],
  ])
}

function predict(server: ServedModels, { message, answer }: GrpcCall): void {
  const { modelName, modelVersion, input } = predictions.decodeRequest(message)
  const enqueue = acceptPrediction(server, {
    model: requireName(modelName, 'model_name'),
    version: modelVersion === '' ? undefined : modelVersion,
    requestId: randomUUID(),
    metrics: 'requests',
    // The status that a handler set for its request is lost here.
    answer: (outcome) =>
      answer(
        outcome instanceof FrontendError ? outcome : predictions.encodeResponse(Buffer.from(outcome.body)),
      ),
  })
  enqueue(rowFrames(input))
}

/** @throws FrontendError if the name is empty */
export function requireName(name: string, parameter: string): string {
  if (name !== '') return name
  throw new FrontendError(400, 'BadRequestException', `Parameter ${parameter} is required.`)
}
