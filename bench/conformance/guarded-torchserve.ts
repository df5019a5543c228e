import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnGuarded } from '../../src/system/processes/spawn-guarded.js'
import type { TorchServeEnvironment } from '../../src/server/torchserve/environment/ensure-environment.js'
import { freePorts } from '../../src/system/ports.js'
import { makeServerFiles, writeServerConfig } from '../../src/server/torchserve/server-files.js'
import { javaArguments, javaEnvironment } from '../../src/server/torchserve/start-java.js'
import { callServer } from './call-server.js'
import { openGrpcClient } from './grpc-client.js'
import type { TokenServer } from './target.js'

const startTimeoutMs = 60_000

/** TorchServe as for measurements, but with the tokens that it requires by default. */
export async function startGuardedTorchServe(
  environment: TorchServeEnvironment,
  archive: string,
): Promise<TokenServer> {
  const [inference = 0, management = 0, metrics = 0, grpcInference = 0, grpcManagement = 0, workers = 0] =
    await freePorts(6)
  const files = await makeServerFiles({ file: archive, form: 'zip', unpackedBytes: 0 })
  await writeServerConfig(files, { inference, management, metrics, grpcInference, grpcManagement, workers })
  const config = await readFile(files.config, 'utf8')
  await writeFile(files.config, config.replace(/^disable_token_authorization=true$/m, ''))
  const args = javaArguments(environment, files).filter((arg) => arg !== '--disable-token-auth')
  const java = await spawnGuarded(environment.java.command, args, {
    cwd: files.folder,
    env: javaEnvironment(process.env, files),
    graceMs: 10_000,
    removeAfter: files.folder,
  })
  const server = {
    inferencePort: inference,
    managementPort: management,
    metricsPort: metrics,
    grpcPort: grpcInference,
    // TorchServe writes it into its working folder.
    keyFile: join(files.folder, 'key_file.json'),
    stop: () => java.end(),
  }
  try {
    await waitUntil(() => callServer({ port: inference, path: '/ping' }))
    // Its gRPC port is bound last.
    await waitUntil(async () => (await openGrpcClient(grpcInference)).end())
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function waitUntil(attempt: () => Promise<unknown>): Promise<void> {
  for (const until = Date.now() + startTimeoutMs; ; await sleep(100)) {
    try {
      await attempt()
      return
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}
