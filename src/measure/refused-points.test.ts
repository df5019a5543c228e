import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RunManifest } from '../run/manifest.js'
import { createRun } from '../run/run-writer.js'
import { loadScenario } from '../scenario/load-scenario.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'
import { measurePlan } from './measure-plan.js'
import { newManifest } from './new-manifest.js'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const one = { cat: 0.5 }
const answers = (count: number) =>
  JSON.stringify(count === 1 ? one : Array.from({ length: count }, () => one))

interface SmallServer {
  url: string
  close: () => void
}

/** A TorchServe-like server that answers requests of one frame, and does something else with four. */
async function serverThat(
  meetsFour: Answer,
  others: Partial<{ get: Answer; oneFrame: Answer }> = {},
): Promise<SmallServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      const get = others.get ?? ((_, to) => void to.end('{"status":"Healthy"}'))
      get(request, response, '')
      return
    }
    let body = ''
    request.setEncoding('latin1').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (body.startsWith('{')) meetsFour(request, response, body)
      else if (others.oneFrame === undefined) response.end(answers(1))
      else others.oneFrame(request, response, body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** Measures K = 1 and 4, twice each, four first or last. */
async function sweep(
  server: string,
  fourFirst = true,
  batching = '{ mode: client, batchSize: [1, 4] }',
): Promise<{ manifest: RunManifest; leftOut: number[]; measured: number[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-refused-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'k.yaml')
  for (let seed = 1; ; seed++) {
    await writeFile(
      file,
      `video: { source: testsrc, frames: 8, size: 64x48 }
server: ${server}
model: { name: known }
batching: ${batching}
load: { kind: closed, framesInFlight: 4 }
measure: { warmupMaxS: 0.1, durationS: 0.2, repetitions: 2, firstRequestS: 0.5 }
seed: ${seed}
`,
    )
    const loaded = await loadScenario(file)
    const plan = planScenario(loaded)
    if ((plan.order[0]?.point === 2) !== fourFirst) continue
    const writer = await createRun(join(folder, 'run'), newManifest(loaded, plan, new Date()))
    let missing = 0
    await measurePlan(writer, {
      signal: new AbortController().signal,
      crossCheck: false,
      observer: { pointsLeftOut: (_, __, count) => (missing += count) },
      findCeiling: () => Promise.resolve(undefined),
    })
    const { manifest } = writer
    expect(manifest.measurements.length + missing).toBe(plan.order.length)
    return {
      manifest,
      leftOut: (manifest.leftOut ?? []).map(({ point }) => point),
      measured: manifest.measurements.map(({ point }) => point),
    }
  }
}

test.each<[string, Answer]>([
  ['is refused', (_, response) => void response.writeHead(413).end('too large')],
  ['loses its connection', (request) => void request.socket.destroy()],
  ['is never answered', () => {}],
  ['takes longer than a gateway waits', (_, response) => void response.writeHead(504).end()],
])(
  'a request of four frames that %s leaves out these, and single frames are measured',
  async (_, meetsFour) => {
    const { url } = await serverThat(meetsFour)
    const { manifest, leftOut, measured } = await sweep(url)
    expect(leftOut).toEqual([2])
    expect(measured).toEqual([1, 1])
    expect(manifest.status).toBe('complete')
  },
)

const answersJson: Answer = (_, response, body) => {
  const frames = Object.keys(JSON.parse(body) as object).length
  response.end(JSON.stringify(Array.from({ length: frames }, () => one)))
}

test('how answers are read is not learned from an encoding that the server refuses', async () => {
  const { url } = await serverThat(answersJson, {
    oneFrame: ({ headers }, response) => {
      if (headers['content-type']!.startsWith('multipart')) response.writeHead(415).end('no multipart')
      else response.end(answers(1))
    },
  })
  const encodings = '{ mode: client, batchSize: 4, encoding: [base64, multipart] }'
  const { manifest, leftOut } = await sweep(url, true, encodings)
  expect(leftOut).toEqual([2])
  for (const { answerReference } of manifest.measurements)
    expect(answerReference!.shape).toEqual({ list: '' })
  expect(manifest.measurements).toHaveLength(2)
})

test('a request that ends the whole server ends the run, because nothing else can be measured', async () => {
  const server = await serverThat(() => server.close())
  await expect(sweep(server.url)).rejects.toThrow('the server did not answer')
})

test.each([true, false])(
  'a worker that died is waited for, with four frames first: %s',
  async (fourFirst) => {
    let backAt = 0
    const isBack = () => Date.now() >= backAt
    const version = () => ({
      modelName: 'known',
      modelVersion: '1.0',
      modelUrl: 'known.mar',
      minWorkers: 1,
      maxWorkers: 1,
      batchSize: 1,
      maxBatchDelay: 100,
      workers: [{ id: '9000', status: isBack() ? 'READY' : 'UNLOADING', pid: 7 }],
    })
    const { url } = await serverThat(
      (_, response) => {
        backAt = Date.now() + 700
        response.writeHead(507).end('{"code":507,"type":"InternalServerException","message":"Worker died."}')
      },
      {
        get: (request, response) =>
          void response.end(
            JSON.stringify(request.url!.startsWith('/models') ? [version()] : { status: 'Healthy' }),
          ),
        oneFrame: (_, response) => {
          if (isBack()) response.end(answers(1))
          else response.writeHead(503).end('Model "known" has no worker to serve inference request.')
        },
      },
    )
    const { leftOut, measured } = await sweep(
      `{ kind: url, inferenceUrl: '${url}', managementUrl: '${url}' }`,
      fourFirst,
    )
    expect(leftOut).toEqual([2])
    expect(measured).toEqual([1, 1])
  },
)
