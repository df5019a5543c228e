import { isDeepStrictEqual } from 'node:util'
import { plural } from '../../system/plural.js'
import type { OnProgress } from '../../system/progress.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { managementCommand, registerCommands } from '../management/settings-to-type.js'
import type { RequestedModel } from '../endpoint.js'
import { callApi, type ServerApi } from '../management/call-api.js'
import {
  describeModel,
  describeVersions,
  missingModel,
  modelPath,
  type ModelDescription,
} from '../management/describe-model.js'
import {
  registerModel,
  registrationFrom,
  unregisterModel,
  type Registration,
} from '../management/register-model.js'
import {
  forgetSettings,
  isStillChanging,
  keepSettings,
  keptSettings,
  type KeptSettings,
  type Original,
} from './kept-settings.js'
import { meets, type UrlBatching } from './url-batching.js'

function readOriginal(description: ModelDescription, { version }: RequestedModel): Original {
  const registration = { ...registrationFrom(description), modelVersion: version }
  return { registration, maxWorkers: description.maxWorkers }
}

/** Settings that were read from a file have no fields without a value. */
function isSame(one: Original, other: Original): boolean {
  const [left, right]: unknown[] = [one, other].map((each) => JSON.parse(JSON.stringify(each)) as unknown)
  return isDeepStrictEqual(left, right)
}

/** Calls that restore the settings by hand, for a shell. */
export function restoringCommands(managementUrl: string, { registration, maxWorkers }: Original): string[] {
  const { modelName, modelVersion, workers } = registration
  const path = modelPath({ name: modelName, version: modelVersion })
  const query = { min_worker: workers, max_worker: maxWorkers }
  return [
    ...registerCommands(managementUrl, registration),
    ...(maxWorkers === workers ? [] : [managementCommand('PUT', managementUrl, path, query)]),
  ]
}

/** Registers the model again for each batching, and restores it at the end. */
export function managedBatching(
  api: ServerApi,
  model: RequestedModel,
  { signal, onProgress }: { signal: AbortSignal; onProgress?: OnProgress | undefined },
): UrlBatching {
  const modelName = model.name
  let original: Original | undefined

  async function replace(registration: Registration, signal?: AbortSignal): Promise<void> {
    const { startupTimeoutS } = registration
    await unregisterModel(api, model, { signal, onProgress, startupTimeoutS })
    await registerModel(api, { ...registration, modelVersion: model.version }, { signal, onProgress })
  }

  /** A change may have been rejected before it began. */
  async function isUnchanged(was: Original): Promise<boolean> {
    const found = await describeModel(api, model).catch(() => undefined)
    return found !== undefined && isSame(readOriginal(found, model), was)
  }

  /** Without the signal of the run, because the settings must also be restored after an abort. */
  async function putBack(was: Original): Promise<void> {
    const { registration, maxWorkers } = was
    if (await isUnchanged(was)) return
    onProgress?.({ text: `restoring the settings of ${modelName} (a second Ctrl-C leaves them changed)` })
    await replace(registration)
    if (maxWorkers !== registration.workers) {
      const query = { min_worker: registration.workers, max_worker: maxWorkers, synchronous: true }
      await callApi(api, modelPath(model), { method: 'PUT', query, timeoutMs: 180_000 })
    }
    const found = await describeModel(api, model)
    if (isSame(readOriginal(found, model), was)) return
    throw new Error(`the server has now ${describeOriginal(readOriginal(found, model))}`)
  }

  async function restore(): Promise<void> {
    if (original === undefined) return
    try {
      await putBack(original)
    } catch (error) {
      throw new UserError(`the settings of ${modelName} could not be restored`, {
        where: api.url,
        expected: describeOriginal(original),
        received: error instanceof UserError ? (error.parts.received ?? error.message) : messageOf(error),
        remedy: `Once the server answers, run these commands, or a run with manage: true, which restores them too:\n${restoringCommands(api.url, original).join('\n')}`,
        exitCode: ExitCode.environment,
        cause: error,
      })
    }
    await forgetSettings(api.url, model)
    original = undefined
  }

  /** A run that was killed may have left the server without the model. */
  async function current(kept: KeptSettings | undefined): Promise<ModelDescription> {
    try {
      return await describeModel(api, model, signal)
    } catch (error) {
      const missing = [missingModel(model), missingModel({ name: model.name })]
      const isMissing = error instanceof UserError && missing.includes(error.message)
      if (kept === undefined || !isMissing) throw error
      return await registerModel(api, kept.original.registration, { signal, onProgress })
    }
  }

  return {
    restore,
    async configure(batching) {
      const kept = original === undefined ? await keptSettings(api.url, model) : undefined
      if (kept !== undefined) {
        if (isStillChanging(kept)) throw changedByAnother(api, modelName, kept)
        onProgress?.({
          text: `a run of ${kept.since} ended without restoring ${modelName}; this run restores it at its end`,
        })
        original = kept.original
      }
      const found = await current(kept)
      if (meets(batching, found)) return
      const versions = await describeVersions(api, model.name, signal)
      const { modelVersion: byDefault } = await describeModel(api, { name: model.name }, signal)
      if (versions.length > 1 && found.modelVersion === byDefault) throw severalVersions(api, versions)
      original ??= readOriginal(found, model)
      await keepSettings(api.url, original)
      await replace(
        {
          ...original.registration,
          serverBatchSize: batching.serverBatchSize,
          maxBatchDelayMs: batching.maxBatchDelayMs ?? original.registration.maxBatchDelayMs,
        },
        signal,
      )
    },
  }
}

/** Settings in words. */
export function describeOriginal({ registration, maxWorkers }: Original): string {
  const { workers, modelUrl, responseTimeoutS, startupTimeoutS } = registration
  const range = maxWorkers === workers ? plural(workers, 'worker') : `${workers} to ${maxWorkers} workers`
  const { serverBatchSize, maxBatchDelayMs } = registration
  const delay = maxBatchDelayMs === undefined ? '' : `, max batch delay ${maxBatchDelayMs} ms`
  const timeouts = Object.entries({ response: responseTimeoutS, startup: startupTimeoutS })
    .filter(([, seconds]) => seconds !== undefined)
    .map(([name, seconds]) => `, ${name} timeout ${seconds} s`)
  return `batch size ${serverBatchSize}${delay}, ${range}${timeouts.join('')}, archive ${modelUrl}`
}

function changedByAnother(api: ServerApi, modelName: string, { pid, since }: KeptSettings): UserError {
  return new UserError(`another run is changing the batching of ${modelName}`, {
    where: api.url + modelPath({ name: modelName }),
    expected: 'one run at a time with manage: true',
    received: `process ${pid}, since ${since}`,
    remedy: 'Wait until that run has ended. It restores the settings at its end.',
    exitCode: ExitCode.environment,
  })
}

/** TorchServe does not unregister a default version while others exist (403). */
function severalVersions(api: ServerApi, versions: ModelDescription[]): UserError {
  const modelName = versions[0]!.modelName
  return new UserError(
    `${modelName} has several versions, so the batching of its default version cannot be changed`,
    {
      where: api.url + modelPath({ name: modelName, version: 'all' }),
      expected: 'one version, or a model.version that is not the default one',
      received: versions.map(({ modelVersion }) => modelVersion).join(', '),
      remedy: 'Unregister the others. Or remove manage: true and configure the batching yourself.',
      exitCode: ExitCode.environment,
    },
  )
}
