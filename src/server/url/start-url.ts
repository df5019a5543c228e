import { ExitCode, UserError } from '../../system/user-error.js'
import type { ModelSettings, UrlSettings } from '../../scenario/schema/settings.js'
import type { ServerApi } from '../management/call-api.js'
import { callApi, errorOf } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import type { ServerFacts } from '../management/server-facts.js'
import { knownVersion, serverFacts } from '../management/server-facts.js'
import type { RunningServer, ServerIdentity } from '../running-server.js'
import type { StartOptions } from '../start-options.js'
import { endpointOf } from '../endpoint.js'
import { serverApis } from './server-apis.js'
import type { UrlBatching } from './url-batching.js'
import { checkedBatching, managedBatching, unseenBatching } from './url-batching.js'

/** What `/ping` says, as a note; TorchServe answers Unhealthy while one of any of its models lacks workers. */
async function pingNote(inference: ServerApi, signal: AbortSignal): Promise<string | undefined> {
  const answer = await callApi(inference, '/ping', { signal })
  if (answer.status === 200) return undefined
  if (answer.status === 500) return 'its /ping says Unhealthy: some model has fewer workers than it should'
  const { type, message } = errorOf(answer)
  const words = type.startsWith('HTTP ') ? message : `${type}: ${message}`
  throw new UserError('what answers there is not the inference API of a TorchServe', {
    where: inference.url,
    expected: '200 or 500 from /ping',
    received: `status ${answer.status}: ${words.slice(0, 200)}`,
    remedy: 'Check the address (the inference API listens on 8080 by default).',
    exitCode: ExitCode.environment,
  })
}

/** OPTIONS describes a prediction call without making one, and only of a model that is there. */
async function checkModel(inference: ServerApi, modelName: string, signal: AbortSignal): Promise<void> {
  const path = `/predictions/${encodeURIComponent(modelName)}`
  const answer = await callApi(inference, path, { method: 'OPTIONS', signal })
  if (errorOf(answer).type !== 'ModelNotFoundException') return
  throw new UserError(`the server has no model ${modelName}`, {
    where: `${inference.url}${path}`,
    received: errorOf(answer).message,
    remedy: 'Set model.name to one that the server has, or register yours there.',
    exitCode: ExitCode.environment,
  })
}

function formatBatching({ manage, managementUrl }: UrlSettings): string {
  if (manage) return 'set by this run, restored at its end'
  return managementUrl === undefined ? 'as its owner set it, not checked' : 'as its owner set it'
}

function identityOf(settings: UrlSettings, facts: ServerFacts, notes: string[]): ServerIdentity {
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
 * Somebody's TorchServe, addressed by URL. Without a management address only what the inference API allows; settings
 * are changed only where `manage` is set, and put back by `stop`.
 *
 * @throws UserError: exit code 3 where it is down, wants a token or lacks the model, 2 where its batching is not the
 *   one asked for and may not be changed
 */
export async function startUrl(
  settings: UrlSettings,
  model: ModelSettings,
  { batching, signal, onProgress }: StartOptions,
): Promise<RunningServer> {
  const { inference, management } = serverApis(settings)
  onProgress?.({ text: `asking ${settings.inferenceUrl}` })
  const facts = await serverFacts(inference, signal)
  const notes = [
    await pingNote(inference, signal),
    facts.version === undefined || facts.version === knownVersion
      ? undefined
      : `this is TorchServe ${facts.version}; batching and logs were checked against ${knownVersion}`,
  ].filter((note) => note !== undefined)
  for (const note of notes) onProgress?.({ text: note })

  // The management API names the models that there are, so it is asked first where it is known.
  if (management === undefined) await checkModel(inference, model.name, signal)

  const applied: UrlBatching =
    management === undefined
      ? unseenBatching(settings.inferenceUrl)
      : settings.manage
        ? managedBatching(management, model.name, signal)
        : checkedBatching(management, model.name, signal)
  try {
    await applied.configure(batching)
  } catch (error) {
    await applied.restore()
    throw error
  }
  return {
    identity: identityOf(settings, facts, notes),
    endpoint: endpointOf(settings, model.name),
    ...(settings.managementUrl !== undefined && { managementUrl: settings.managementUrl }),
    ...(settings.metricsUrl !== undefined && { metricsUrl: settings.metricsUrl }),
    ...(settings.logFile !== undefined && { logFile: settings.logFile }),
    processIds: async () => [],
    ...(management !== undefined && { describe: () => describeModel(management, model.name) }),
    configure: applied.configure,
    stop: applied.restore,
  }
}
