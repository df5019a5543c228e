import { accessSync, constants } from 'node:fs'
import { maskAddresses } from '../../system/secret-address.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { ModelSettings, UrlSettings } from '../../scenario/plan/plan.js'
import type { ServerIdentity } from '../../run/manifest.js'
import { accessFrom, requestHeaders } from '../access.js'
import { parseEndpoint, parseGrpcEndpoint } from '../endpoint.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel, type ModelDescription } from '../management/describe-model.js'
import { formatServerBatching, registrationFrom } from '../management/register-model.js'
import type { RunningServer, StartOptions } from '../running-server.js'
import { customApi } from './custom-api.js'
import { managedBatching } from './managed-batching.js'
import { findFrameTensor, findInferService, oipApi } from './oip-api.js'
import { torchServeApi } from './torchserve-api.js'
import { requireReady, type UrlApi, type UrlServerFacts } from './url-api.js'
import { checkedBatching, unseenBatching, type UrlBatching } from './url-batching.js'

function formatBatching({ manage, managementUrl }: UrlSettings): string {
  if (manage) return 'set by this run and restored at its end'
  return managementUrl === undefined
    ? 'as configured on the server, not checked'
    : 'as configured on the server'
}

function identifyServer(
  settings: UrlSettings,
  facts: UrlServerFacts,
  { notes, before }: { notes: string[]; before: ModelDescription | undefined },
): ServerIdentity {
  const { version, isSimulated, label } = facts
  return {
    kind: isSimulated ? 'embedded' : 'url',
    label: `${label} at ${new URL(settings.inferenceUrl).host}`,
    ...(version !== undefined && { version }),
    details: {
      address: settings.inferenceUrl,
      batching: formatBatching(settings),
      ...(before !== undefined && describeBefore(before)),
      ...(notes.length > 0 && { notes: notes.join('; ') }),
    },
  }
}

/** The model before the run, so that its report can say what is in force and how it was loaded. */
function describeBefore(before: ModelDescription): Record<string, string> {
  const { modelUrl, modelVersion, minWorkers } = before
  return {
    'settings before this run': formatServerBatching(registrationFrom(before)),
    workers: String(minWorkers),
    archive: maskAddresses(modelUrl),
    'model version': modelVersion,
  }
}

const apis: Record<UrlSettings['api'], UrlApi> = {
  torchserve: torchServeApi,
  oip: oipApi,
  custom: customApi,
}

/**
 * Connects to the user's own server by URL. Its settings are changed only if `manage` is set, and `stop` restores
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
  const api = apis[settings.api]
  const facts = await api.identify(inference, signal)
  const ready = await requireReady(api, inference, { ready: settings.ready, model }, signal)
  const notes = ready === undefined ? facts.notes : [ready, ...facts.notes]
  for (const note of notes) onProgress?.({ text: note })

  // If the management API is known, it gives a better answer, with the names of the models.
  if (management === undefined && settings.path === undefined) await api.checkModel(inference, model, signal)

  // What is wrong with it is said when its batching is applied.
  const before = management && (await describeModel(management, model, signal).catch(() => undefined))
  const applied: UrlBatching =
    management === undefined
      ? unseenBatching(settings)
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
    identity: identifyServer(settings, facts, { notes, before }),
    endpoint,
    ...(await messagesOf(settings, model, inference, signal)),
    ...(settings.managementUrl !== undefined && { managementUrl: settings.managementUrl }),
    ...(settings.metricsUrl !== undefined && { metricsUrl: settings.metricsUrl }),
    ...(settings.logFile !== undefined && { logFile: settings.logFile }),
    processIds: async () => [],
    ...(management !== undefined && { describe: () => describeModel(management, model) }),
    configure: applied.configure,
    stop: applied.restore,
  }
}

/** Where gRPC goes, and with the open inference protocol the input that takes the frames. */
async function messagesOf(
  settings: UrlSettings,
  model: ModelSettings,
  inference: ServerApi,
  signal: AbortSignal,
): Promise<Pick<RunningServer, 'grpcEndpoint' | 'tensor'>> {
  if (settings.api === 'custom') return {}
  if (settings.api === 'torchserve') return { grpcEndpoint: parseGrpcEndpoint(settings, 'torchserve') }
  const standard = parseGrpcEndpoint(settings, 'oip')
  const service = await findInferService(standard, signal)
  const grpcEndpoint = parseGrpcEndpoint(settings, service)
  const isWritten = 'tensor' in model.request && model.request.tensor !== undefined
  if (isWritten || !('field' in model.request)) return { grpcEndpoint }
  // Over HTTP as well as over gRPC, for a server may have only one of them.
  const tensor =
    (await findFrameTensor(inference, undefined, model, signal)) ??
    (await findFrameTensor(inference, { endpoint: grpcEndpoint, service }, model, signal))
  return { grpcEndpoint, tensor }
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
