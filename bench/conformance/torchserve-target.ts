import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { packageRoot } from '../../src/system/package-root.js'
import { packArchive } from '../../src/server/archive/archive-format.js'
import { describeModel } from '../../src/server/management/describe-model.js'
import { ensureEnvironment } from '../../src/server/torchserve/environment/ensure-environment.js'
import { startJava } from '../../src/server/torchserve/start-java.js'
import { readServerBatches } from '../../src/run/read-server-batches.js'
import { startGuardedTorchServe } from './guarded-torchserve.js'
import { archiveFile, sleepingModels } from './sleeping-models.js'
import type { Target } from './target.js'

const handler = join(packageRoot, 'fixtures', 'conformance', 'sleeping_handler.py')

/** A managed TorchServe with the sleeping models in its store. */
export async function startTorchServeTarget(): Promise<Target> {
  const environment = await ensureEnvironment({
    onProgress: ({ text }) => process.stderr.write(`${text}\n`),
  })
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  const archives = await writeArchives(folder)
  const [first, ...others] = archives
  const java = await startJava(
    environment,
    { archive: { file: join(folder, first!), form: 'zip', unpackedBytes: 0 } },
    AbortSignal.timeout(120_000),
  )
  for (const file of others) await copyFile(join(folder, file), join(java.files.modelStore, file))
  const api = { name: 'management', url: `http://127.0.0.1:${java.ports.management}` } as const
  return {
    kind: 'torchserve',
    label: `TorchServe ${environment.versions['torchserve'] ?? ''}`,
    inferencePort: java.ports.inference,
    managementPort: java.ports.management,
    metricsPort: java.ports.metrics,
    grpcPort: java.ports.grpcInference,
    toleranceMs: 30,
    async killWorker(model, worker) {
      const { workers } = await describeModel(api, { name: model })
      process.kill(workers[worker]!.pid, 'SIGKILL')
    },
    batches: async () => [...readServerBatches(java.files.log)],
    startWithTokens: () => startGuardedTorchServe(environment, join(folder, first!)),
    async startWithOpenInference() {
      const { ports, process: server } = await startJava(
        environment,
        {
          archive: { file: join(folder, archiveFile('brief')), form: 'zip', unpackedBytes: 0 },
          config: { ts_open_inference_protocol: true },
        },
        AbortSignal.timeout(120_000),
      )
      return {
        inferencePort: ports.inference,
        managementPort: ports.management,
        grpcPort: ports.grpcInference,
        stop: () => server.end(),
      }
    },
    async stop() {
      await java.process.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The files written, in the folder. */
async function writeArchives(folder: string): Promise<string[]> {
  const code = new Uint8Array(await readFile(handler))
  const files = Object.entries(sleepingModels).map(async ([name, { version = '1.0', ...service }]) => {
    const model = { modelName: `sleeping-${name}`, modelVersion: version, handler: basename(handler) }
    const parts = new Map([
      [basename(handler), code],
      ['service.json', new TextEncoder().encode(JSON.stringify(service))],
    ])
    await writeFile(join(folder, archiveFile(name)), packArchive(model, parts))
    return archiveFile(name)
  })
  return Promise.all(files)
}
