import { isDeepStrictEqual } from 'node:util'
import { ExitCode, UserError } from '../../system/user-error.js'
import { callApi, type ServerApi } from '../management/call-api.js'
import {
  describeModel,
  describeVersions,
  modelPath,
  type ModelDescription,
} from '../management/describe-model.js'
import {
  registerModel,
  registrationFrom,
  unregisterModel,
  type Registration,
} from '../management/register-model.js'
import type { RequestedModel } from '../endpoint.js'
import type { ServerBatching } from '../running-server.js'

/** How the batch settings of a server that Framestorm did not start are applied or checked. */
export interface UrlBatching {
  configure: (batching: ServerBatching) => Promise<void>
  restore: () => Promise<void>
}

type BatchSettings = Pick<ServerBatching, 'serverBatchSize' | 'maxBatchDelayMs'>

/**
 * Whether the current settings are the requested ones. The number of workers is ignored, and so is the delay of a batch
 * of one, which never waits.
 */
export function meets(wanted: BatchSettings, found: BatchSettings): boolean {
  return (
    found.serverBatchSize === wanted.serverBatchSize &&
    (wanted.serverBatchSize === 1 ||
      wanted.maxBatchDelayMs === undefined ||
      found.maxBatchDelayMs === wanted.maxBatchDelayMs)
  )
}

function format({ serverBatchSize, maxBatchDelayMs }: BatchSettings): string {
  return serverBatchSize === 1 || maxBatchDelayMs === undefined
    ? `batch size ${serverBatchSize}`
    : `batch size ${serverBatchSize}, max batch delay ${maxBatchDelayMs} ms`
}

/** Without a management address the settings cannot be checked, but a sweep over server settings is rejected. */
export function unseenBatching(inferenceUrl: string): UrlBatching {
  let first: ServerBatching | undefined
  return {
    async configure(batching) {
      first ??= batching
      if (meets(batching, { maxBatchDelayMs: 0, ...first })) return
      throw new UserError(
        'the scenario sweeps server batching, but the batching of this server cannot be changed',
        {
          where: inferenceUrl,
          expected: format(batching),
          received: `${format(first)} for an earlier point`,
          remedy:
            'Set managementUrl and manage: true. Or use only the serverBatchSize and maxBatchDelayMs of the server.',
        },
      )
    },
    restore: async () => {},
  }
}

/** With a management address but without `manage`, the requested settings must be the settings of the server. */
export function checkedBatching(api: ServerApi, model: RequestedModel, signal: AbortSignal): UrlBatching {
  return {
    async configure(batching) {
      const found = await describeModel(api, model, signal)
      if (meets(batching, found)) return
      throw new UserError("the server's batch settings differ from the scenario", {
        where: api.url + modelPath(model),
        expected: format(batching),
        received: format(found),
        remedy:
          'Set manage: true to register the model with these settings for the run and restore it afterwards. ' +
          'Or change the scenario to the settings of the server.',
      })
    },
    restore: async () => {},
  }
}

/** The settings to restore. */
interface Original {
  registration: Registration
  maxWorkers: number
}

function readOriginal(description: ModelDescription): Original {
  return { registration: registrationFrom(description), maxWorkers: description.maxWorkers }
}

/** Registers the model again for each batching, and restores it at the end. */
export function managedBatching(api: ServerApi, model: RequestedModel, signal: AbortSignal): UrlBatching {
  let original: Original | undefined

  async function replace(registration: Registration, signal?: AbortSignal): Promise<void> {
    await unregisterModel(api, model, signal)
    await registerModel(api, { ...registration, modelVersion: model.version }, signal)
  }

  /** A change may have been rejected before it began. */
  async function isUnchanged(was: Original): Promise<boolean> {
    const found = await describeModel(api, model).catch(() => undefined)
    return found !== undefined && isDeepStrictEqual(readOriginal(found), was)
  }

  async function restore(): Promise<void> {
    if (original === undefined) return
    const { registration, maxWorkers } = original
    // Without the signal, because the settings must also be restored after an abort.
    try {
      if (await isUnchanged(original)) return
      await replace(registration)
      if (maxWorkers !== registration.workers) {
        const query = { min_worker: registration.workers, max_worker: maxWorkers, synchronous: true }
        await callApi(api, modelPath(model), { method: 'PUT', query, timeoutMs: 180_000 })
      }
    } catch (error) {
      throw new UserError(`the settings of ${model.name} could not be restored`, {
        where: api.url,
        received: error instanceof UserError ? (error.parts.received ?? error.message) : String(error),
        remedy: `Register it yourself: ${format(registration)}, ${registration.workers} workers, url ${registration.modelUrl}.`,
        exitCode: ExitCode.environment,
        cause: error,
      })
    }
    original = undefined
  }

  return {
    restore,
    async configure(batching) {
      const found = await describeModel(api, model, signal)
      if (meets(batching, found)) return
      const versions = await describeVersions(api, model.name, signal)
      const { modelVersion: byDefault } = await describeModel(api, { name: model.name }, signal)
      if (versions.length > 1 && found.modelVersion === byDefault) throw severalVersions(api, versions)
      original ??= readOriginal(found)
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
