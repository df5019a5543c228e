import { z } from 'zod'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { ServerApi } from './call-api.js'
import { callApi, errorOf } from './call-api.js'

const workerSchema = z.object({
  id: z.string(),
  /** READY, or UNLOADING: also while loading and after a crash. */
  status: z.string(),
  pid: z.int(),
  /** When the worker was made: a crash keeps it, a new registration or server does not. */
  startTime: z.string().optional(),
})

/** What TorchServe says of one version of a model; the fields that matter here. */
const descriptionSchema = z.object({
  modelName: z.string(),
  modelVersion: z.string(),
  modelUrl: z.string(),
  minWorkers: z.int(),
  maxWorkers: z.int(),
  batchSize: z.int(),
  /** ms */
  maxBatchDelay: z.int(),
  /** s */
  responseTimeout: z.int().optional(),
  /** s */
  startupTimeout: z.int().optional(),
  workers: z.array(workerSchema),
})

export type ModelDescription = z.infer<typeof descriptionSchema>

const modelsSchema = z.object({ models: z.array(z.object({ modelName: z.string() })) })

function notTorchServe(api: ServerApi, error: z.ZodError): UserError {
  return new UserError('what answers is not the management API of a TorchServe', {
    where: api.url,
    received: z.prettifyError(error),
    remedy: 'Check the address.',
    exitCode: ExitCode.environment,
  })
}

function parseVersions(api: ServerApi, body: unknown): ModelDescription[] {
  const parsed = z.array(descriptionSchema).min(1).safeParse(body)
  if (!parsed.success) throw notTorchServe(api, parsed.error)
  return parsed.data
}

export function modelPath(modelName: string): string {
  return `/models/${encodeURIComponent(modelName)}`
}

export function readyWorkers(description: ModelDescription): number {
  return description.workers.filter(({ status }) => status === 'READY').length
}

async function knownModels(api: ServerApi, signal?: AbortSignal): Promise<string> {
  const { body } = await callApi(api, '/models', { signal })
  const parsed = modelsSchema.safeParse(body)
  if (!parsed.success) throw notTorchServe(api, parsed.error)
  const names = parsed.data.models.map(({ modelName }) => modelName)
  return names.length === 0 ? 'no model at all' : names.join(', ')
}

/**
 * All versions of a model; the first is the default one.
 *
 * @throws UserError with exit code 3 where the server does not have it, naming those that it has
 */
export async function describeVersions(
  api: ServerApi,
  modelName: string,
  signal?: AbortSignal,
): Promise<ModelDescription[]> {
  const answer = await callApi(api, `${modelPath(modelName)}/all`, { signal })
  if (answer.status === 200) return parseVersions(api, answer.body)
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
  api: ServerApi,
  modelName: string,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const answer = await callApi(api, modelPath(modelName), { signal })
  const versions =
    answer.status === 200 ? parseVersions(api, answer.body) : await describeVersions(api, modelName, signal)
  return versions[0]!
}
