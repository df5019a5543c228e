import { isDeepStrictEqual } from 'node:util'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { ServerApi } from '../management/call-api.js'
import { callApi } from '../management/call-api.js'
import type { ModelDescription } from '../management/describe-model.js'
import { describeVersions, modelPath } from '../management/describe-model.js'
import type { Registration } from '../management/register-model.js'
import { registerModel, registrationOf, unregisterModel } from '../management/register-model.js'
import type { ServerBatching } from '../running-server.js'

/** How the batch settings of somebody else's server are met. */
export interface UrlBatching {
  configure: (batching: ServerBatching) => Promise<void>
  restore: () => Promise<void>
}

type Wanted = Pick<ServerBatching, 'serverBatchSize' | 'maxBatchDelayMs'>

/** The workers stay as the owner has them. A batch of one never waits, whatever the delay. Pure. */
export function meets(wanted: Wanted, found: Pick<ModelDescription, 'batchSize' | 'maxBatchDelay'>): boolean {
  return (
    found.batchSize === wanted.serverBatchSize &&
    (wanted.serverBatchSize === 1 ||
      wanted.maxBatchDelayMs === undefined ||
      found.maxBatchDelay === wanted.maxBatchDelayMs)
  )
}

function inWords(batchSize: number, delayMs: number | undefined): string {
  return batchSize === 1 || delayMs === undefined
    ? `batch size ${batchSize}`
    : `batch size ${batchSize}, max batch delay ${delayMs} ms`
}

/** Without a management address nothing can be checked; that a sweep cannot be true is plain all the same. */
export function unseenBatching(inferenceUrl: string): UrlBatching {
  let first: ServerBatching | undefined
  return {
    async configure(batching) {
      first ??= batching
      if (meets(batching, { batchSize: first.serverBatchSize, maxBatchDelay: first.maxBatchDelayMs ?? 0 }))
        return
      throw new UserError('the batching of this server cannot be changed, but the scenario sweeps it', {
        where: inferenceUrl,
        expected: inWords(batching.serverBatchSize, batching.maxBatchDelayMs),
        received: `${inWords(first.serverBatchSize, first.maxBatchDelayMs)} before`,
        remedy:
          'Give managementUrl and manage: true, or one serverBatchSize and maxBatchDelayMs, those of the server.',
      })
    },
    restore: async () => {},
  }
}

/** With a management address, but told to change nothing: what is asked must be what is there. */
export function checkedBatching(api: ServerApi, modelName: string, signal: AbortSignal): UrlBatching {
  return {
    async configure(batching) {
      const [found] = await describeVersions(api, modelName, signal)
      if (meets(batching, found!)) return
      throw new UserError('the server batches otherwise than the scenario says', {
        where: `${api.url}${modelPath(modelName)}`,
        expected: inWords(batching.serverBatchSize, batching.maxBatchDelayMs),
        received: inWords(found!.batchSize, found!.maxBatchDelay),
        remedy:
          'Add manage: true to let the model be registered anew with these settings (and back afterwards), or ask ' +
          'for those that the server has.',
      })
    },
    restore: async () => {},
  }
}

/** All that has to come back. */
interface Original {
  registration: Registration
  maxWorkers: number
}

function originalOf(description: ModelDescription): Original {
  return { registration: registrationOf(description), maxWorkers: description.maxWorkers }
}

/** Registers the model anew for each batching, and as it was at the end. */
export function managedBatching(api: ServerApi, modelName: string, signal: AbortSignal): UrlBatching {
  let original: Original | undefined

  async function replace(registration: Registration, signal?: AbortSignal): Promise<void> {
    await unregisterModel(api, modelName, signal)
    await registerModel(api, registration, signal)
  }

  /** A change may have been refused before it began. */
  async function isAsItWas(was: Original): Promise<boolean> {
    const [found] = await describeVersions(api, modelName).catch(() => [])
    return found !== undefined && isDeepStrictEqual(originalOf(found), was)
  }

  async function restore(): Promise<void> {
    if (original === undefined) return
    const { registration, maxWorkers } = original
    // Without the signal: an abort is the very case in which the owner's settings have to come back.
    try {
      if (await isAsItWas(original)) return
      await replace(registration)
      if (maxWorkers !== registration.workers) {
        const query = { min_worker: registration.workers, max_worker: maxWorkers, synchronous: true }
        await callApi(api, modelPath(modelName), { method: 'PUT', query, timeoutMs: 180_000 })
      }
    } catch (error) {
      throw new UserError(`the settings of ${modelName} could not be restored`, {
        where: api.url,
        received: error instanceof UserError ? (error.parts.received ?? error.message) : String(error),
        remedy: `Register it yourself: ${inWords(registration.serverBatchSize, registration.maxBatchDelayMs)}, ${registration.workers} workers, url ${registration.modelUrl}.`,
        exitCode: ExitCode.environment,
        cause: error,
      })
    }
    original = undefined
  }

  return {
    restore,
    async configure(batching) {
      const versions = await describeVersions(api, modelName, signal)
      const found = versions[0]!
      if (meets(batching, found)) return
      if (versions.length > 1) throw severalVersions(api, versions)
      original ??= originalOf(found)
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
  return new UserError(`${modelName} is registered in several versions, so its batching cannot be changed`, {
    where: `${api.url}${modelPath(modelName)}/all`,
    expected: 'one version',
    received: versions.map(({ modelVersion }) => modelVersion).join(', '),
    remedy: 'Unregister the others, or set the batching yourself and leave manage: true out.',
    exitCode: ExitCode.environment,
  })
}
