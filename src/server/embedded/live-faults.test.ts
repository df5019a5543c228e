import { expect, test } from 'vitest'
import { z } from 'zod'
import { exchange, post, withServer } from './embedded.test.support.js'
import type { RunningEmbedded } from './start-embedded.js'

const batching = { serverBatchSize: 2, maxBatchDelayMs: 60_000, workers: 1 }
const errorSchema = z.object({ type: z.string(), message: z.string() })

/** Two frames that make one batch. */
function postTwo(server: RunningEmbedded): Promise<Response[]> {
  return Promise.all(['one frame', 'another frame'].map((frame) => post(server, frame, 'image/jpeg')))
}

async function errorsOf(responses: Response[]): Promise<unknown[]> {
  return Promise.all(
    responses.map(async (response) => {
      const { type, message } = errorSchema.parse(await response.json())
      return [response.status, type, message]
    }),
  )
}

test('fail: the handler fails, every request of the batch gets 503, and the next batch is served', async () => {
  await withServer({ faults: { fail: 'every 2' } }, { batching }, async (server) => {
    expect((await postTwo(server)).map(({ status }) => status)).toEqual([200, 200])
    const failed = [503, 'InternalServerException', 'Prediction failed']
    expect(await errorsOf(await postTwo(server))).toEqual([failed, failed])
    expect((await postTwo(server)).map(({ status }) => status)).toEqual([200, 200])
  })
})

test.each([
  ['kill', 500],
  ['out-of-memory', 507],
])(
  '%s: the worker dies in the middle of the batch, and a second later it serves again',
  async (name, status) => {
    await withServer({ faults: { [name]: 'once 1' } }, { batching }, async (server) => {
      const died = [status, 'InternalServerException', 'Worker died.']
      expect(await errorsOf(await postTwo(server))).toEqual([died, died])
      expect((await postTwo(server)).map((response) => response.status)).toEqual([200, 200])
    })
  },
)

test('swap: the answers of a batch are exchanged, which only their content shows', async () => {
  await withServer({ faults: { swap: 'once 2' } }, { batching }, async (server) => {
    const texts = async () => Promise.all((await postTwo(server)).map((response) => response.text()))
    const [one, other] = await texts()
    expect(await texts()).toEqual([other, one])
    expect(await texts()).toEqual([one, other])
  })
})

test('garbage: an answer of status 200 that is no JSON', async () => {
  await withServer({ faults: { garbage: 'once 1' } }, { batching }, async (server) => {
    const [response] = await postTwo(server)
    expect(response?.status).toBe(200)
    await expect(response?.json()).rejects.toThrow('JSON')
  })
})

test('hang: a batch that never ends leaves its clients waiting', async () => {
  await withServer({ faults: { hang: 'once 1' } }, { batching }, async (server) => {
    const signal = AbortSignal.timeout(500)
    const { host, port, path } = server.endpoint
    const url = `http://${host}:${port}${path}`
    const calls = [1, 2].map(() => fetch(url, { method: 'POST', body: 'frame', signal }))
    for (const call of calls) await expect(call).rejects.toThrow('timeout')
  })
})

test('queue-full: a time of refusals with the type that an overloaded TorchServe gives', async () => {
  await withServer({ faults: { 'queue-full': 'after 0s' } }, {}, async (server) => {
    const [error] = await errorsOf([await post(server, 'frame', 'image/jpeg')])
    expect(error).toEqual([
      503,
      'ServiceUnavailableException',
      expect.stringMatching(/^Model "resnet-18" has no worker to serve inference request\./),
    ])
  })
})

test('refuse: the port is closed for a while, connections break, and the same port answers afterwards', async () => {
  // A busy machine has to ask before the port is closed.
  await withServer({ faults: { refuse: 'after 2s for 0.5s' } }, {}, async (server) => {
    const isAnswering = () =>
      post(server, 'frame', 'image/jpeg').then(
        () => true,
        () => false,
      )
    expect(await isAnswering()).toBe(true)
    await expect.poll(isAnswering).toBe(false)
    await expect.poll(isAnswering).toBe(true)
  })
})

test('slow: the log says that such a batch took longer', async () => {
  await withServer({ faults: { slow: '3x once 1' } }, {}, async (server) => {
    await post(server, 'frame', 'image/jpeg')
    const metrics = await (await fetch(server.metricsUrl ?? '')).text()
    const tookMs = Number(/^PredictionTime\{.*\} (.*)$/m.exec(metrics)?.[1])
    expect(tookMs).toBeCloseTo(3 * (2 + 1), 3)
  })
})

test('a broken-off body joins no batch', async () => {
  await withServer({}, { batching }, async (server) => {
    const { port, path } = server.endpoint
    const head = `POST ${path} HTTP/1.1\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nab`
    const broken = exchange(port, [head], () => true)
    const answers = await postTwo(server)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    await server.stop()
    expect(await broken.catch(() => '')).toBe('')
  })
})
