import { z } from 'zod'
import { readRawContents, type Tensor } from '../../../frames/message/tensor-contents.js'
import type { ServedModels } from '../accept-prediction.js'
import { FrontendError, jsonAnswer, type PlainAnswer } from '../frontend-answer.js'
import type { HttpRequest } from '../http-server.js'
import { infer, modelMetadata, rawContents } from './infer.js'

const modelPath = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/

/** Length of the JSON in front of raw contents. */
const jsonLengthHeader = 'inference-header-content-length'

/**
 * The open inference protocol over HTTP, as KServe and Triton speak it, with Triton's binary tensor data extension.
 *
 * @throws FrontendError for a path, a model or a request that does not fit
 */
export function routeOpenInference(
  server: ServedModels,
  request: HttpRequest,
  requestId: string,
  answer: (answer: PlainAnswer | FrontendError) => void,
): void {
  const { method, path } = request
  const { models } = server
  const isReady = models.all().every(({ allReady }) => allReady)
  if (method === 'GET' && path === '/v2') {
    answer(
      jsonAnswer(200, {
        name: 'framestorm embedded server (simulated)',
        version: '0',
        extensions: ['binary_tensor_data'],
      }),
    )
    return
  }
  if (method === 'GET' && path === '/v2/health/live') {
    answer(jsonAnswer(200, { live: true }))
    return
  }
  if (method === 'GET' && path === '/v2/health/ready') {
    answer(jsonAnswer(isReady ? 200 : 503, { ready: isReady }))
    return
  }
  const [, encodedName, version, action] = modelPath.exec(path) ?? []
  if (encodedName === undefined) throw new FrontendError(404, 'NotFound', 'Not Found')
  const name = decodeURIComponent(encodedName)
  const model = models.find(name, version)
  if (action === 'infer' && method === 'POST') {
    inferOverHttp(server, { request, name, version, requestId }, answer)
    return
  }
  if (method !== 'GET' || action === 'infer')
    throw new FrontendError(405, 'MethodNotAllowed', 'Method Not Allowed')
  if (action === 'ready') answer(jsonAnswer(model.allReady ? 200 : 503, { name, ready: model.allReady }))
  else answer(jsonAnswer(200, modelMetadata(server, name)))
}

const tensorSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()),
  data: z.array(z.unknown()).optional(),
  parameters: z.looseObject({ binary_data_size: z.int().min(0).optional() }).optional(),
})

const requestSchema = z.object({
  id: z.string().optional(),
  inputs: z.array(tensorSchema).min(1),
  parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).optional(),
})

interface InferOverHttp {
  request: HttpRequest
  name: string
  version: string | undefined
  requestId: string
}

function inferOverHttp(
  server: ServedModels,
  { request, name, version, requestId }: InferOverHttp,
  answer: (answer: PlainAnswer | FrontendError) => void,
): void {
  const { id, inputs, asRaw } = readRequest(request)
  infer(server, { model: name, version, inputs, form: 'tensors' }, requestId, (outcome) => {
    if (outcome instanceof FrontendError || !('outputs' in outcome)) {
      answer(outcome)
      return
    }
    const head = { model_name: name, model_version: outcome.version, ...(id !== undefined && { id }) }
    if (!asRaw) {
      answer(jsonAnswer(200, { ...head, outputs: outcome.outputs }))
      return
    }
    const raw = outcome.outputs.map(rawContents)
    const outputs = outcome.outputs.map(({ data: _inRaw, ...output }, place) => ({
      ...output,
      parameters: { binary_data_size: raw[place]!.length },
    }))
    const json = Buffer.from(JSON.stringify({ ...head, outputs }))
    answer({
      status: 200,
      contentType: 'application/octet-stream',
      headers: { [jsonLengthHeader]: String(json.length) },
      body: Buffer.concat([json, ...raw]),
    })
  })
}

/** @throws FrontendError (400) if the body is not a request of the protocol */
function readRequest({ headers, body }: HttpRequest): {
  id: string | undefined
  inputs: Tensor[]
  asRaw: boolean
} {
  const whole = Buffer.concat(body)
  const length = headers.get(jsonLengthHeader)
  const jsonBytes = length === undefined ? whole.length : Number(length)
  try {
    const { id, inputs, parameters } = requestSchema.parse(JSON.parse(whole.toString('utf8', 0, jsonBytes)))
    let at = jsonBytes
    const tensors = inputs.map(({ data, parameters: own, ...tensor }) => {
      const rawBytes = own?.binary_data_size
      if (rawBytes === undefined) return { ...tensor, data: flatten(data ?? []) }
      const raw = whole.subarray(at, (at += rawBytes))
      if (raw.length < rawBytes) throw new Error('the body ends within its raw contents')
      return { ...tensor, data: readRawContents(tensor.datatype, raw) }
    })
    if (at < whole.length) throw new Error('the body goes on after its raw contents')
    return { id, inputs: tensors, asRaw: parameters?.binary_data_output === true }
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new FrontendError(400, 'BadRequest', `the request is not valid: ${reason}`)
  }
}

function flatten(data: unknown[]): Tensor['data'] {
  return z.array(z.union([z.number(), z.string(), z.boolean()])).parse(data.flat(Infinity))
}
