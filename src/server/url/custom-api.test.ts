import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { ModelSettings, UrlSettings } from '../../scenario/plan/plan.js'
import { startUrl } from './start-url.js'

const model: ModelSettings = {
  name: 'pose',
  version: '3',
  weights: 'seeded',
  request: { json: { image: '$frame' } },
  answer: 'auto',
}
const batching = { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 }
const { signal } = new AbortController()

const closing: Server[] = []
afterEach(async () => {
  await Promise.all(
    closing.splice(0).map((server) => new Promise((resolve) => server.close(() => resolve(undefined)))),
  )
})

/** A server of its own kind: it is ready at /healthz and knows nothing else before the load. */
async function ownServer(): Promise<{ inferenceUrl: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(request.url === '/healthz' ? 204 : 404).end()
  })
  closing.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP server')
  return { inferenceUrl: `http://127.0.0.1:${address.port}`, asked }
}

function custom(settings: Partial<UrlSettings> & Pick<UrlSettings, 'inferenceUrl'>): UrlSettings {
  return { kind: 'url', api: 'custom', manage: false, ...settings }
}

test('a server of another kind is asked nothing that the settings do not name', async () => {
  const { inferenceUrl, asked } = await ownServer()
  const settings = custom({ inferenceUrl, path: '/v1/{model}/{version}' })
  const server = await startUrl(settings, model, { batching, signal })
  expect(asked).toEqual([])
  expect(server.endpoint).toMatchObject({ protocol: 'http', api: 'custom', path: '/v1/pose/3' })
  expect(server.identity).toMatchObject({
    kind: 'url',
    label: `HTTP server at ${new URL(inferenceUrl).host}`,
  })
  expect(server.identity.version).toBeUndefined()
  expect(server.identity.details['batching']).toBe('as configured on the server, not checked')
  for (const name of ['describe', 'metricsUrl', 'logFile'])
    expect(server).not.toHaveProperty(name, expect.anything())
})

test('without a path, the address is that of a prediction', async () => {
  const { inferenceUrl } = await ownServer()
  const path = async (own: string) =>
    (await startUrl(custom({ inferenceUrl: inferenceUrl + own }), model, { batching, signal })).endpoint.path
  expect(await path('')).toBe('/')
  expect(await path('/predict')).toBe('/predict')
  expect(await path('/predict/')).toBe('/predict/')
})

test('its readiness is asked for at the path in the settings', async () => {
  const { inferenceUrl, asked } = await ownServer()
  await startUrl(custom({ inferenceUrl, ready: '/healthz' }), model, { batching, signal })
  expect(asked).toEqual(['GET /healthz'])
  await expect(
    startUrl(custom({ inferenceUrl, ready: '/nowhere' }), model, { batching, signal }),
  ).rejects.toMatchObject({ message: 'the server is not ready', exitCode: 3 })
})

test('its batching is what the scenario says, and cannot be swept', async () => {
  const { inferenceUrl } = await ownServer()
  const server = await startUrl(custom({ inferenceUrl }), model, { batching, signal })
  await server.configure(batching)
  const refused: unknown = await server
    .configure({ ...batching, serverBatchSize: 8 })
    .catch((error: unknown) => error)
  expect(refused).toMatchObject({ exitCode: 2 })
  expect(JSON.stringify(refused)).not.toContain('managementUrl')
})
