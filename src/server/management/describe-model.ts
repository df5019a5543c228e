import { z } from 'zod'
import type { RequestedModel } from '../endpoint.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { callApi, parseError, type ServerApi } from './call-api.js'

/**
 * TorchServe's description of one version of a model: the fields that Framestorm uses, with Framestorm's names and
 * units.
 */
const descriptionSchema = z
  .object({
    modelName: z.string(),
    modelVersion: z.string(),
    modelUrl: z.string(),
    minWorkers: z.int(),
    maxWorkers: z.int(),
    batchSize: z.int(),
    maxBatchDelay: z.int(),
    responseTimeout: z.int().optional(),
    startupTimeout: z.int().optional(),
    workers: z.array(
      z.object({
        id: z.string(),
        /** READY, or UNLOADING, which TorchServe also reports while loading and after a crash. */
        status: z.string(),
        pid: z.int(),
        /**
         * When the worker was created. It stays the same after a crash, but not after a new registration or a restart
         * of the server.
         */
        startTime: z.string().optional(),
      }),
    ),
  })
  .transform(({ batchSize, maxBatchDelay, responseTimeout, startupTimeout, ...rest }) => ({
    ...rest,
    serverBatchSize: batchSize,
    maxBatchDelayMs: maxBatchDelay,
    responseTimeoutS: responseTimeout,
    startupTimeoutS: startupTimeout,
  }))

export type ModelDescription = z.infer<typeof descriptionSchema>

const modelsSchema = z.object({ models: z.array(z.object({ modelName: z.string() })) })

function notTorchServe(api: ServerApi, error: z.ZodError): UserError {
  return new UserError('the address is not the management API of a TorchServe', {
    where: api.url,
    received: z.prettifyError(error),
    remedy: 'Check the address (the management API listens on port 8081 by default).',
    exitCode: ExitCode.environment,
  })
}

function parseVersions(api: ServerApi, body: unknown): ModelDescription[] {
  const parsed = z.array(descriptionSchema).min(1).safeParse(body)
  if (!parsed.success) throw notTorchServe(api, parsed.error)
  return parsed.data
}

/** The message of the error for a model, or a version of it, that the server does not have. */
export function missingModel({ name, version }: RequestedModel): string {
  return version === undefined
    ? `the server has no model ${name}`
    : `the server has no version ${version} of ${name}`
}

export function modelPath({ name, version }: RequestedModel): string {
  const path = `/models/${encodeURIComponent(name)}`
  return version === undefined ? path : `${path}/${encodeURIComponent(version)}`
}

export function countReady(description: ModelDescription): number {
  return description.workers.filter(({ status }) => status === 'READY').length
}

async function listModels(api: ServerApi, signal?: AbortSignal): Promise<string> {
  const { body } = await callApi(api, '/models', { signal })
  const parsed = modelsSchema.safeParse(body)
  if (!parsed.success) throw notTorchServe(api, parsed.error)
  const names = parsed.data.models.map(({ modelName }) => modelName)
  return names.length === 0 ? 'no model' : names.join(', ')
}

/**
 * All versions of a model; the first is the default one.
 *
 * @throws UserError (exit code 3) if the server does not have the model, with the names of the models that it has
 */
export async function describeVersions(
  api: ServerApi,
  modelName: string,
  signal?: AbortSignal,
): Promise<ModelDescription[]> {
  const answer = await callApi(api, modelPath({ name: modelName, version: 'all' }), { signal })
  if (answer.status === 200) return parseVersions(api, answer.body)
  const { type, message } = parseError(answer)
  const where = api.url + modelPath({ name: modelName })
  if (answer.status !== 404 || type !== 'ModelNotFoundException') {
    const received = `${type}: ${message}`
    throw new UserError('the server does not describe its model', {
      where,
      received,
      exitCode: ExitCode.environment,
    })
  }
  throw new UserError(missingModel({ name: modelName }), {
    where,
    expected: modelName,
    received: await listModels(api, signal),
    remedy: 'Set model.name to a model of the server, or register your model there.',
    exitCode: ExitCode.environment,
    concerns: 'model',
  })
}

/** The startup timeout in the answer to a description, s; undefined if there is none. */
export function startupTimeoutOf(body: unknown): number | undefined {
  return z.array(descriptionSchema).safeParse(body).data?.[0]?.startupTimeoutS
}

/**
 * The requested version of a model, or the default one.
 *
 * @throws UserError (exit code 3) if the server does not have it, with the models or versions that it has
 */
export async function describeModel(
  api: ServerApi,
  model: RequestedModel,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const answer = await callApi(api, modelPath(model), { signal })
  if (answer.status === 200) return parseVersions(api, answer.body)[0]!
  const versions = await describeVersions(api, model.name, signal)
  if (model.version === undefined) return versions[0]!
  throw new UserError(missingModel(model), {
    where: api.url + modelPath(model),
    expected: `version ${model.version}`,
    received: versions.map(({ modelVersion }) => modelVersion).join(', '),
    remedy: 'Set model.version to a version of the server, or register yours there.',
    exitCode: ExitCode.environment,
    concerns: 'model',
  })
}
