import { outputsOf } from '../../../frames/message/infer-results.js'
import { writeRawBytes, type Tensor } from '../../../frames/message/tensor-contents.js'
import type { ModelMetadata } from '../../../frames/message/model-infer.js'
import { acceptPrediction, type Prediction, type ServedModels } from '../accept-prediction.js'
import { FrontendError, type FrontendAnswer } from '../frontend-answer.js'
import type { AnswerForm } from '../request-frames.js'
import { tensorFrames } from './tensor-frames.js'

/** A request of the open inference protocol, by HTTP or by gRPC. */
export interface Infer {
  model: string
  /** Undefined is the default version. */
  version: string | undefined
  inputs: Tensor[]
  form: Extract<AnswerForm, 'tensors' | 'text-tensor'>
}

/** The outputs of an answered request, with the version of the model that answered. */
export interface Inferred {
  version: string
  outputs: Tensor[]
}

/**
 * Puts a request into the queue of its model, and reads the outputs from what the model answered.
 *
 * @param done called with a FrontendError for a failure, and with the answer as it is if it is no tensors
 * @throws FrontendError for an unknown model
 */
export function infer(
  server: ServedModels,
  { model, version, inputs, form }: Infer,
  requestId: string,
  done: (outcome: Inferred | FrontendAnswer | FrontendError) => void,
): void {
  const answering = server.models.find(model, version).settings.version
  const prediction: Prediction = {
    model,
    version,
    requestId,
    metrics: 'none',
    answer(outcome) {
      if (outcome instanceof FrontendError) done(outcome)
      else if (outcome.status >= 400) done(new FrontendError(400, 'BadRequestException', unreadable))
      else done(readOutputs(outcome.body, answering) ?? outcome)
    },
  }
  const checksums = tensorFrames(inputs)
  acceptPrediction(server, prediction)(checksums === undefined ? undefined : { checksums, form })
}

const unreadable = 'the request has no readable frame'

function readOutputs(body: string, version: string): Inferred | undefined {
  try {
    const outputs = outputsOf(JSON.parse(body))
    return (
      outputs && {
        version,
        outputs: outputs.map(({ data, ...output }) => ({ ...output, data: data.map(asValue) })),
      }
    )
  } catch {
    return undefined
  }
}

/** Values of BYTES are texts; those that are no text travel as JSON, as TorchServe writes them. */
function asValue(value: unknown): number | string {
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)
}

/** The values of an output as bytes, little-endian and without gaps (the binary tensor data extension of Triton). */
export function rawContents({ datatype, data }: Tensor): Buffer {
  if (datatype === 'BYTES') return writeRawBytes(data.map((value) => Buffer.from(String(value))))
  const bytes = Buffer.alloc(4 * data.length)
  for (const [place, value] of data.entries()) bytes.writeFloatLE(Number(value), 4 * place)
  return bytes
}

/** The metadata of a model: any number of encoded frames in, the five best classes of each out. */
export function modelMetadata({ models }: ServedModels, name: string): ModelMetadata {
  return {
    name,
    versions: models.versionsOf(name).map(({ settings }) => settings.version),
    platform: 'simulated',
    inputs: [{ name: 'frames', datatype: 'BYTES', shape: [-1] }],
    outputs: [
      { name: 'labels', datatype: 'BYTES', shape: [-1, 5] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 5] },
    ],
  }
}
