import { ExitCode } from '../../errors/exit-code.js'
import { UserError } from '../../errors/user-error.js'
import { callManagement, errorOf, type Management } from './call-management.js'

/** What TorchServe says of one version of a model; the fields that matter here. */
export interface ModelDescription {
  modelName: string
  modelVersion: string
  modelUrl: string
  minWorkers: number
  maxWorkers: number
  batchSize: number
  maxBatchDelay: number
  /** READY, or UNLOADING: also while loading and after a crash. */
  workers: { id: string; status: string; pid: number; gpu: boolean }[]
  jobQueueStatus?: { remainingCapacity: number; pendingRequests: number }
}

export function modelPath(modelName: string): string {
  return `/models/${encodeURIComponent(modelName)}`
}

export function readyWorkers(description: ModelDescription): number {
  return description.workers.filter(({ status }) => status === 'READY').length
}

async function knownModels(api: Management, signal?: AbortSignal): Promise<string> {
  const { body } = await callManagement(api, '/models', { query: { limit: 50 }, signal })
  const { models } = body as { models?: { modelName: string }[] }
  const names = models?.map(({ modelName }) => modelName) ?? []
  return names.length === 0 ? 'no model at all' : names.join(', ')
}

/**
 * All versions of a model; the first is the default one.
 *
 * @throws UserError with exit code 3 where the server does not have it, naming those that it has
 */
export async function describeVersions(
  api: Management,
  modelName: string,
  signal?: AbortSignal,
): Promise<ModelDescription[]> {
  const answer = await callManagement(api, `${modelPath(modelName)}/all`, { signal })
  if (answer.status === 200) return answer.body as ModelDescription[]
  const { type, message } = errorOf(answer)
  const missing = answer.status === 404 && type === 'ModelNotFoundException'
  throw new UserError(
    missing ? `the server has no model ${modelName}` : 'the server does not describe its model',
    {
      where: `${api.url}${modelPath(modelName)}`,
      expected: missing ? modelName : undefined,
      received: missing ? await knownModels(api, signal) : `${type}: ${message}`,
      remedy: missing ? 'Set model.name to one that the server has, or register yours there.' : undefined,
      exitCode: ExitCode.environment,
    },
  )
}

/** The default version of a model. */
export async function describeModel(
  api: Management,
  modelName: string,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const answer = await callManagement(api, modelPath(modelName), { signal })
  const description = answer.status === 200 ? (answer.body as ModelDescription[])[0] : undefined
  return description ?? (await describeVersions(api, modelName, signal))[0]!
}
