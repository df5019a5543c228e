import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { ModelSettings, UrlSettings } from '../../scenario/plan/plan.js'
import { serverMessage } from '../server-message.js'
import { explainFailure } from '../explain-failure.js'
import { callApi, parseError, type ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import type { ServerIdentity } from '../../run/manifest.js'
import type { RunningServer, StartOptions } from '../running-server.js'
import { parseEndpoint, predictionPath, renderRequestPath, type RequestedModel } from '../endpoint.js'
import { checkedBatching, managedBatching, unseenBatching, type UrlBatching } from './url-batching.js'
import { accessSync, constants } from 'node:fs'
import { accessFrom, requestHeaders } from '../access.js'
import { z } from 'zod'

/**
 * The result of the readiness path, as a note. TorchServe's /ping answers Unhealthy while any of its models has too few
 * workers.
 */
async function readyNote(
  inference: ServerApi,
  { ready, model }: { ready: string | undefined; model: ModelSettings },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (ready === 'none') return undefined
  const path = ready === undefined ? '/ping' : renderRequestPath(ready, model)
  const answer = await callApi(inference, path, { signal })
  if (answer.status === 200 || (ready !== undefined && answer.status >= 200 && answer.status < 300))
    return undefined
  if (ready === undefined && answer.status === 500)
    return '/ping answers Unhealthy: a model has fewer workers than configured'
  const { type, message } = parseError(answer)
  const words =
    typeof answer.body === 'string' ? serverMessage(Buffer.from(answer.body)) : `${type}: ${message}`
  const { kind, remedy } = explainFailure({ outcome: 'http-error', status: answer.status, message: words })
  const where = `${inference.url.replace(/\/+$/, '')}${path}`
  const received = `status ${answer.status}: ${words.slice(0, 200)}`
  const exitCode = ExitCode.environment
  if (kind === 'unauthorized' || kind === 'plain-http' || kind === 'certificate-required') {
    const more = ' If only this path is protected, set server.ready to another path, or to none.'
    throw new UserError('the server does not accept requests of this form', {
      where,
      expected: 'a status of 2xx',
      received,
      remedy: kind === 'unauthorized' ? remedy + more : remedy,
      exitCode,
    })
  }
  if (ready !== undefined) {
    throw new UserError('the server is not ready', {
      where,
      expected: 'a status of 2xx',
      received,
      remedy: 'Check the path in server.ready, or set it to none.',
      exitCode,
    })
  }
  throw new UserError('the address is not the inference API of a TorchServe', {
    where,
    expected: '200 or 500 from /ping',
    received,
    remedy:
      'Check the address (the inference API listens on port 8080 by default). If a gateway does not expose /ping, set server.ready to another path, or to none.',
    exitCode,
  })
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

function formatBatching({ manage, managementUrl }: UrlSettings): string {
  if (manage) return 'set by this run and restored at its end'
  return managementUrl === undefined
    ? 'as configured on the server, not checked'
    : 'as configured on the server'
}

function identifyServer(settings: UrlSettings, facts: ServerFacts, notes: string[]): ServerIdentity {
  const { version, isSimulated } = facts
  const name = isSimulated ? 'embedded (simulated)' : `TorchServe ${version ?? 'of unknown version'}`
  return {
    kind: isSimulated ? 'embedded' : 'url',
    label: `${name} at ${new URL(settings.inferenceUrl).host}`,
    ...(version !== undefined && { version }),
    details: {
      address: settings.inferenceUrl,
      batching: formatBatching(settings),
      ...(notes.length > 0 && { notes: notes.join('; ') }),
    },
  }
}

/**
 * Connects to the user's own TorchServe by URL. Its settings are changed only if `manage` is set, and `stop` restores
 * them. Without a management address only the inference API is used.
 *
 * @throws UserError (exit code 3) if it is down, requires a token or does not have the model, (exit code 2) if its
 * batching differs from the requested one and must not be changed
 */
export async function startUrl(
  settings: UrlSettings,
  model: ModelSettings,
  { batching, signal, onProgress }: StartOptions,
): Promise<RunningServer> {
  const { inference, management } = serverApis(settings)
  const endpoint = parseEndpoint(settings, model)
  onProgress?.({ text: `connecting to ${settings.inferenceUrl}` })
  const facts = await serverFacts(inference, signal)
  const notes = [
    await readyNote(inference, { ready: settings.ready, model }, signal),
    facts.version === undefined || facts.version === knownVersion
      ? undefined
      : `this is TorchServe ${facts.version}; Framestorm was tested with ${knownVersion}`,
  ].filter((note) => note !== undefined)
  for (const note of notes) onProgress?.({ text: note })

  // If the management API is known, it gives a better answer, with the names of the models.
  if (management === undefined && settings.path === undefined) await checkModel(inference, model, signal)

  const applied: UrlBatching =
    management === undefined
      ? unseenBatching(settings.inferenceUrl)
      : settings.manage
        ? managedBatching(management, model, { signal, onProgress })
        : checkedBatching(management, model, signal)
  try {
    await applied.configure(batching)
  } catch (error) {
    await applied.restore()
    throw error
  }
  return {
    identity: identifyServer(settings, facts, notes),
    endpoint,
    ...(settings.managementUrl !== undefined && { managementUrl: settings.managementUrl }),
    ...(settings.metricsUrl !== undefined && { metricsUrl: settings.metricsUrl }),
    ...(settings.logFile !== undefined && { logFile: settings.logFile }),
    processIds: async () => [],
    ...(management !== undefined && { describe: () => describeModel(management, model) }),
    configure: applied.configure,
    stop: applied.restore,
  }
}

interface ServerApis {
  inference: ServerApi
  management: ServerApi | undefined
}

/**
 * The APIs of the settings, checked as far as possible without a call.
 * @throws UserError (exit code 3) without a usable
 * token in its variable or if the log cannot be read, (exit code 2) for manage without an address
 */
function serverApis(settings: UrlSettings): ServerApis {
  const { inferenceUrl, managementUrl, logFile, manage } = settings
  const access = accessFrom(settings)
  requestHeaders(access)
  if (manage && managementUrl === undefined) {
    throw new UserError('manage: true needs the address of the management API', {
      where: 'server.managementUrl',
      expected: 'an address such as http://host:8081',
      received: 'nothing',
      remedy: 'Set managementUrl. Or remove manage and configure the batching of the server yourself.',
    })
  }
  if (logFile !== undefined) checkReadable(logFile)
  return {
    inference: { name: 'inference', url: inferenceUrl, ...access },
    management:
      managementUrl === undefined ? undefined : { name: 'management', url: managementUrl, ...access },
  }
}

function checkReadable(logFile: string): void {
  try {
    accessSync(logFile, constants.R_OK)
  } catch (error) {
    throw new UserError('the log file of the server cannot be read', {
      where: logFile,
      received: messageOf(error),
      remedy: 'Set logFile to the path of its ts_log.log on this machine, or remove logFile.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

/** The release with which batching, logs and metrics were tested. */
const knownVersion = '0.12.0'

interface ServerFacts {
  /** Undefined if the server does not report it. */
  version?: string
  /** True for the embedded server, so that its results are not mistaken for TorchServe's. */
  isSimulated: boolean
}

const descriptionSchema = z.object({
  info: z.object({ version: z.string(), description: z.string().optional() }),
})

/** Facts about a server from its OpenAPI document, which needs no token. */
async function serverFacts(api: ServerApi, signal?: AbortSignal): Promise<ServerFacts> {
  const answer = await callApi(api, '/api-description', { signal, returnRedirect: true })
  const parsed = descriptionSchema.safeParse(answer.body)
  if (!parsed.success) return { isSimulated: false }
  const { version, description = '' } = parsed.data.info
  return { version, isSimulated: description.includes('framestorm embedded server') }
}
