import { z } from 'zod'
import { ExitCode, UserError } from '../../system/user-error.js'
import { predictionPath, type RequestedModel } from '../endpoint.js'
import { callApi, parseError, type ServerApi } from '../management/call-api.js'
import type { UrlApi, UrlServerFacts } from './url-api.js'

/** The release with which batching, logs and metrics were tested. */
const knownVersion = '0.12.0'

/** TorchServe's own API. */
export const torchServeApi: UrlApi = {
  readiness: {
    path: '/ping',
    /** TorchServe's /ping answers Unhealthy while any of its models has too few workers. */
    acceptOther: ({ status }) =>
      status === 500 ? '/ping answers Unhealthy: a model has fewer workers than configured' : undefined,
    refusal: {
      message: 'the address is not the inference API of a TorchServe',
      expected: '200 or 500 from /ping',
      remedy:
        'Check the address (the inference API listens on port 8080 by default). If a gateway does not expose /ping, set server.ready to another path, or to none. If this is not a TorchServe, set server.api: custom.',
    },
  },
  identify,
  checkModel,
}

const descriptionSchema = z.object({
  info: z.object({ version: z.string(), description: z.string().optional() }),
})

/** Facts from its OpenAPI document, which needs no token. */
async function identify(inference: ServerApi, signal: AbortSignal): Promise<UrlServerFacts> {
  const answer = await callApi(inference, '/api-description', { signal, returnRedirect: true })
  const parsed = descriptionSchema.safeParse(answer.body)
  if (!parsed.success) return { label: 'TorchServe of unknown version', isSimulated: false, notes: [] }
  const { version, description = '' } = parsed.data.info
  const isSimulated = description.includes('framestorm embedded server')
  const notes =
    version === knownVersion
      ? []
      : [`this is TorchServe ${version}; Framestorm was tested with ${knownVersion}`]
  return {
    label: isSimulated ? 'embedded (simulated)' : `TorchServe ${version}`,
    version,
    isSimulated,
    notes,
  }
}

/** OPTIONS describes a prediction call without a prediction. It fails if the model does not exist. */
async function checkModel(inference: ServerApi, model: RequestedModel, signal: AbortSignal): Promise<void> {
  const path = predictionPath(model)
  const answer = await callApi(inference, path, { method: 'OPTIONS', signal, returnRedirect: true })
  const { type, message } = parseError(answer)
  if (type === 'ModelVersionNotFoundException') {
    throw new UserError(`the server has no version ${model.version} of ${model.name}`, {
      where: `${inference.url}${path}`,
      received: message,
      remedy:
        'Set model.version (--model-version of stream) to a version of the server. With managementUrl, its versions are listed here.',
      exitCode: ExitCode.environment,
      concerns: 'model',
    })
  }
  if (type !== 'ModelNotFoundException') return
  throw new UserError(`the server has no model ${model.name}`, {
    where: `${inference.url}${path}`,
    received: message,
    remedy: 'Set model.name to one that the server has, or register yours there.',
    exitCode: ExitCode.environment,
    concerns: 'model',
  })
}
