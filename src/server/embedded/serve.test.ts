import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { model, settings } from './embedded.test.support.js'
import type { EmbeddedPorts } from './embedded-server.js'
import { serveEmbedded, type ServeOptions } from './serve.js'

const batching = { serverBatchSize: 1, workers: 1 }
const freePorts: EmbeddedPorts = { inferencePort: 0, managementPort: 0, metricsPort: 0, grpcPort: 0 }

/** Serves in this process while `use` runs. */
async function whileServing(
  choices: Partial<ServeOptions>,
  use: (ports: EmbeddedPorts) => Promise<void>,
): Promise<void> {
  const abort = new AbortController()
  let served: Promise<void> | undefined
  const ports = await new Promise<EmbeddedPorts>((resolve, reject) => {
    served = serveEmbedded(settings, model, {
      batching,
      ...freePorts,
      ...choices,
      signal: abort.signal,
      onReady: resolve,
    })
    served.catch(reject)
  })
  try {
    await use(ports)
  } finally {
    abort.abort()
    await served
  }
}

test('it serves in the foreground until its signal', async () => {
  let url = ''
  await whileServing({}, async ({ inferencePort }) => {
    url = `http://127.0.0.1:${inferencePort}/predictions/resnet-18`
    const answer = await fetch(url, {
      method: 'POST',
      body: 'frame',
      headers: { 'content-type': 'image/jpeg' },
    })
    expect(answer.status).toBe(200)
  })
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('a port in use is an error with a remedy', async () => {
  await whileServing({}, async ({ inferencePort }) => {
    const second = whileServing({ inferencePort }, async () => {})
    await expect(second).rejects.toMatchObject({ message: 'the embedded server cannot listen', exitCode: 3 })
  })
})

const keysSchema = z.object({
  management: z.object({ key: z.string(), 'expiration time': z.string() }),
  inference: z.object({ key: z.string(), 'expiration time': z.string() }),
  API: z.object({ key: z.string() }),
})

function call(port: number, path: string, key?: string): Promise<Response> {
  const headers = key === undefined ? undefined : { authorization: `Bearer ${key}` }
  return fetch(`http://127.0.0.1:${port}${path}`, headers === undefined ? {} : { headers })
}

test('tokens: wanted by all but the metrics, in a file for its owner alone, renewed with the API key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  const keyFile = join(folder, 'key_file.json')
  const keys = async () => keysSchema.parse(JSON.parse(await readFile(keyFile, 'utf8')))
  try {
    await whileServing({ keyFile }, async ({ inferencePort, managementPort, metricsPort }) => {
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
      const first = await keys()
      const refused = await call(inferencePort, '/ping')
      expect(refused.status).toBe(400)
      expect(await refused.json()).toEqual({
        code: 400,
        type: 'InvalidKeyException',
        message: 'Token Authorization failed. Token either incorrect, expired, or not provided correctly',
      })
      expect((await call(inferencePort, '/ping', first.management.key)).status).toBe(400)
      expect((await call(inferencePort, '/ping', first.inference.key)).status).toBe(200)
      expect((await call(managementPort, '/models', first.management.key)).status).toBe(200)
      expect((await call(managementPort, '/models')).status).toBe(400)
      expect((await call(metricsPort, '/metrics')).status).toBe(200)

      expect((await call(managementPort, '/token?type=inference', first.management.key)).status).toBe(400)
      const renewed = await call(managementPort, '/token?type=inference', first.API.key)
      expect([renewed.status, await renewed.text()]).toEqual([200, ''])
      expect((await call(inferencePort, '/ping', first.inference.key)).status).toBe(400)
      expect((await call(inferencePort, '/ping', (await keys()).inference.key)).status).toBe(200)
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})
