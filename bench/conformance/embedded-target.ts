import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedDefaults, type EmbeddedArchive } from '../../src/server/embedded/embedded-config.js'
import { spawnEmbedded } from '../../src/server/embedded/start-embedded.js'
import { readServerBatches } from '../../src/run/read-server-batches.js'
import { archiveFile, sleepingModels, type SleepingService } from './sleeping-models.js'
import type { Target } from './target.js'

/** The embedded server with the sleeping models in its store. */
export async function startEmbeddedTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  const logFile = join(folder, 'server.log')
  const archives = Object.entries(sleepingModels).map(archiveOf)
  // Loading takes a while, so that the state meanwhile can be checked.
  const server = await spawnEmbedded({ ...embeddedDefaults, workerLoadMs: 200, archives, logFile })
  return {
    kind: 'embedded',
    label: 'embedded (simulated)',
    inferencePort: server.ports.inferencePort,
    managementPort: server.ports.managementPort,
    metricsPort: server.ports.metricsPort,
    grpcPort: server.ports.grpcPort,
    toleranceMs: 3,
    killWorker: (model, worker) => server.ask({ kind: 'kill-worker', model, worker }),
    batches: async () => [...readServerBatches(logFile)],
    async startWithTokens() {
      const keyFile = join(folder, 'key_file.json')
      const guarded = await spawnEmbedded({ ...embeddedDefaults, archives: [], keyFile })
      return { ...guarded.ports, keyFile, stop: () => guarded.stop() }
    },
    async startWithOpenInference() {
      const open = await spawnEmbedded({ ...embeddedDefaults, archives, api: 'torchserve-oip' })
      return { ...open.ports, stop: () => open.stop() }
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function archiveOf([name, service]: [string, SleepingService]): EmbeddedArchive {
  const { tauMs, alphaMs, failEvery = 0, version = '1.0' } = service
  return {
    file: archiveFile(name),
    modelName: `sleeping-${name}`,
    version,
    service: { tauMs, alphaMs, jitter: 0 },
    faults:
      failEvery === 0 ? [] : [{ name: 'fail', trigger: { kind: 'every', batches: failEvery }, factor: 1 }],
  }
}
