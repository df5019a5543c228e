import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'

import { EmbeddedServer } from '../embedded/embedded-server.js'
import { embeddedDefaults } from '../embedded/embedded-config.js'
import { registerModel, registrationFrom, registrationQuery } from './register-model.js'

test('a registration says every setting in the query, and waits', () => {
  const registration = {
    modelName: 'm',
    modelUrl: 'm.mar',
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    workers: 2,
  }
  expect(registrationQuery(registration)).toEqual({
    url: 'm.mar',
    model_name: 'm',
    batch_size: 4,
    max_batch_delay: 50,
    initial_workers: 2,
    synchronous: true,
  })
})

test('a delay that is not given is left to TorchServe, one of zero is not', () => {
  const registration = { modelName: 'm', modelUrl: 'm.mar', serverBatchSize: 1, workers: 1 }
  expect(registrationQuery(registration)).not.toHaveProperty('max_batch_delay')
  expect(registrationQuery({ ...registration, maxBatchDelayMs: 0 })).toHaveProperty('max_batch_delay', 0)
})

test('what is described can be registered again as it was', () => {
  const description = {
    modelName: 'm',
    modelVersion: '2.0',
    modelUrl: 'm.mar',
    minWorkers: 2,
    maxWorkers: 3,
    serverBatchSize: 8,
    maxBatchDelayMs: 20,
    responseTimeoutS: 60,
    startupTimeoutS: 90,
    workers: [],
  }
  expect(registrationQuery(registrationFrom(description))).toMatchObject({
    url: 'm.mar',
    batch_size: 8,
    max_batch_delay: 20,
    initial_workers: 2,
    response_timeout: 60,
    startup_timeout: 90,
  })
})

const pose = { file: 'pose.mar', modelName: 'pose', service: { tauMs: 1, alphaMs: 1, jitter: 0 }, faults: [] }
const wanted = {
  modelName: 'pose',
  modelUrl: 'pose.mar',
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  workers: 1,
}

/** The address of the management API of a server whose models take this long to load. */
async function serverThatLoadsFor(workerLoadMs: number): Promise<string> {
  const server = new EmbeddedServer({ ...embeddedDefaults, archives: [pose], workerLoadMs })
  onTestFinished(() => server.close())
  const { managementPort } = await server.open()
  return `http://127.0.0.1:${managementPort}`
}

test('while a model loads, it says so again and again', async () => {
  const api = { name: 'management', url: await serverThatLoadsFor(1500) } as const
  const said: string[] = []
  await registerModel(api, wanted, { onProgress: ({ text }) => said.push(text), sayEveryMs: 200 })
  expect(said.length).toBeGreaterThanOrEqual(2)
  expect(said[0]).toBe('still loading pose (0 s)')
})

test.each(['answers 504', 'breaks the connection'])(
  'a proxy that %s while the model loads is no failure: the server goes on loading',
  async (what) => {
    const behind = await serverThatLoadsFor(700)
    async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const forwarded = fetch(`${behind}${request.url}`, { method: request.method ?? 'GET' })
      if (request.method === 'POST') {
        await new Promise((resolve) => setTimeout(resolve, 200))
        if (what === 'answers 504') response.writeHead(504).end('Gateway Time-out')
        else request.socket.destroy()
        return
      }
      const answer = await forwarded
      response.writeHead(answer.status).end(await answer.text())
    }
    const proxy = createServer((request, response) => void forward(request, response))
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      proxy.closeAllConnections()
      proxy.close()
    })
    const address = proxy.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const description = await registerModel({ name: 'management', url }, wanted)
    expect(description.workers.map(({ status }) => status)).toEqual(['READY'])
  },
)
