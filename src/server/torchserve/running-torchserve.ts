import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

import { ExitCode } from '../../system/exit-code.js'
import { UserError } from '../../system/user-error.js'
import type { ModelSettings } from '../../scenario/schema/settings.js'
import type { Archive } from '../archive/write-archive.js'
import { registerModel, unregisterModel } from '../management/register-model.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import type { RunningServer, ServerBatching } from '../running-server.js'
import { sameBatching } from '../same-batching.js'
import type { TorchServeEnvironment } from './environment/ensure-environment.js'
import { isServerGone, loadAdvice, workerMessage } from './load-failure.js'
import type { JavaServer } from './start-java.js'
import { torchServeIdentity } from './torchserve-identity.js'
import { writeWorkerSettings } from './worker-threads.js'

export interface TorchServeParts {
  environment: TorchServeEnvironment
  archive: Archive
  model: ModelSettings
  java: JavaServer
  signal?: AbortSignal
}

/** The failure to tell when the model does not load: the worker's own words say more than TorchServe's. */
async function loadFailure(parts: TorchServeParts, error: UserError): Promise<UserError> {
  const answer = error.parts.received ?? error.message
  if (parts.java.hasEnded() || isServerGone(answer)) return serverEnded(parts)
  const log = await readFile(parts.java.files.log, 'utf8').catch(() => '')
  const said = workerMessage(log) ?? parts.java.output.slice(-15).join('\n')
  return new UserError(`the model ${parts.model.name} failed to load`, {
    where: parts.archive.file,
    received: answer,
    excerpt: said,
    remedy: loadAdvice(answer, said),
    exitCode: ExitCode.environment,
    cause: error,
  })
}

function serverEnded({ java }: TorchServeParts): UserError {
  return new UserError('TorchServe has ended while it was in use', {
    where: java.files.log,
    received: java.output.length === 0 ? 'it ended without a word' : 'it ended, its last words being these',
    ...(java.output.length > 0 && { excerpt: java.output.slice(-15).join('\n') }),
    remedy:
      'If nobody ended it, the system may have, for want of memory: use fewer workers or a larger machine.',
    exitCode: ExitCode.environment,
  })
}

/** A java that answers, as a server to measure; no model is registered before the first `configure`. */
export function runningTorchServe(parts: TorchServeParts): RunningServer {
  const { archive, model, java, signal } = parts
  const api: ServerApi = { name: 'management', url: `http://127.0.0.1:${java.ports.management}` }
  const identity = torchServeIdentity(parts)
  let inForce: ServerBatching | undefined
  let mayHaveModel = false

  async function configure(batching: ServerBatching): Promise<void> {
    if (java.hasEnded()) throw serverEnded(parts)
    if (inForce !== undefined && sameBatching(inForce, batching)) return
    inForce = undefined
    const registration = { modelName: model.name, modelUrl: basename(archive.file), ...batching }
    try {
      if (mayHaveModel) await unregisterModel(api, model.name, signal)
      await writeWorkerSettings(java.files.workerSettings, batching.workers)
      mayHaveModel = true
      await registerModel(api, registration, signal)
    } catch (error) {
      if (error instanceof UserError) throw await loadFailure(parts, error)
      throw error
    }
    inForce = batching
  }

  return {
    identity,
    endpoint: {
      protocol: 'http:',
      host: '127.0.0.1',
      port: java.ports.inference,
      path: `/predictions/${encodeURIComponent(model.name)}`,
    },
    managementUrl: api.url,
    metricsUrl: `http://127.0.0.1:${java.ports.metrics}/metrics`,
    logFile: java.files.log,
    async processIds() {
      if (java.hasEnded()) return []
      const { workers } = await describeModel(api, model.name)
      return [java.process.pid, ...workers.map(({ pid }) => pid).filter((pid) => pid > 0)]
    },
    describe: () => describeModel(api, model.name),
    configure,
    stop: () => java.process.end(),
  }
}
