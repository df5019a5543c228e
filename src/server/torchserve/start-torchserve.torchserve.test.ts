import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { isProcessAlive } from '../../system/processes/hold-lock.js'
import { describeModel } from '../management/describe-model.js'
import type { RunningServer, ServerBatching } from '../running-server.js'
import { startServer } from '../start-server.js'
import {
  makeFrames,
  multipart,
  neverAborted,
  oneWorker,
  post,
  resnet,
  untilGone,
} from './torchserve.test.support.js'

const batchesOfFour: ServerBatching = { serverBatchSize: 4, maxBatchDelayMs: 30_000, workers: 1 }
const folder = mkdtempSync(join(tmpdir(), 'torchserve-test-'))

const answerSchema = z.record(z.string(), z.number())
type Answer = z.infer<typeof answerSchema>

const batchSchema = z.object({
  requests: z.array(z.string()),
  frames: z.array(z.int()),
  entryNs: z.int(),
  decodedNs: z.int(),
  inferredNs: z.int(),
  exitNs: z.int(),
})

function isClose(one: Answer, other: Answer): boolean {
  return Object.entries(one).every(([label, share]) => Math.abs(share - (other[label] ?? 0)) < 1e-4)
}

describe('a managed TorchServe (its environment is installed in the cache)', { timeout: 600_000 }, () => {
  let server: RunningServer
  let frames: Buffer[]
  let references: Answer[]
  const logFile = join(folder, 'kept', 'server.log')

  const send = (body: Buffer | string | FormData, type?: string) => post(server.endpoint, body, type)
  const sendFrame = (frame: Buffer) => send(frame, 'image/jpeg')

  beforeAll(async () => {
    server = await startServer(oneWorker, resnet, {
      batching: batchesOfFour,
      signal: neverAborted,
      logFile,
    })
    frames = await makeFrames(5)
    await server.configure({ serverBatchSize: 1, workers: 1 })
    references = []
    for (const frame of frames) {
      const response = await sendFrame(frame)
      references.push(answerSchema.parse(await response.json()))
    }
    await server.configure(batchesOfFour)
  }, 600_000)

  afterAll(async () => {
    await server?.stop()
  })

  test('frames that differ are answered differently, each by the five most probable classes', () => {
    expect(references.every((answer) => Object.keys(answer).length === 5)).toBe(true)
    const pairs = references.flatMap((one, index) => references.slice(index + 1).map((other) => [one, other]))
    expect(pairs.some(([one, other]) => isClose(one!, other!))).toBe(false)
  })

  test('requests of every kind in one batch are each answered for their own frames', async () => {
    const base64 = frames.map((frame) => frame.toString('base64'))
    const responses = await Promise.all([
      sendFrame(frames[0]!),
      send(JSON.stringify({ 0: base64[1], 1: base64[2], 2: base64[0] }), 'application/json'),
      send(JSON.stringify([base64[4]]), 'application/json'),
      send(multipart([frames[2]!, frames[3]!])),
    ])
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const bodies = await Promise.all(responses.map((response) => response.json()))
    expect(bodies.map((body) => (Array.isArray(body) ? body.length : 'one'))).toEqual(['one', 3, 1, 2])
    const got = z.array(answerSchema).parse(bodies.flat())
    const expected = [0, 1, 2, 0, 4, 2, 3].map((index) => references[index]!)
    expect(got.map((answer, index) => isClose(answer, expected[index]!))).toEqual(got.map(() => true))

    const ids = responses.map((response) => response.headers.get('x-request-id') ?? 'none')
    const line = await findLogLine(
      logFile,
      (text) => text.includes('[FRAMESTORM_BATCH]') && text.includes(ids[0]!),
    )
    const batch = batchSchema.parse(JSON.parse(line.slice(line.indexOf('{'))))
    expect(new Set(batch.requests)).toEqual(new Set(ids))
    expect(batch.frames.reduce((sum, count) => sum + count)).toBe(7)
    const times = [
      batch.entryNs,
      batch.decodedNs,
      batch.inferredNs,
      batch.exitNs,
      Number(process.hrtime.bigint()),
    ]
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    await findLogLine(
      logFile,
      (text) => text.includes('PredictionTime') && ids.every((id) => text.includes(id)),
    )
  })

  test.each([
    ['a broken JPEG', () => sendFrame(Buffer.from('no picture'))],
    ['an empty body', () => send('', 'image/jpeg')],
    ['broken JSON', () => send('{"0": ', 'application/json')],
    ['JSON without a frame', () => send('{}', 'application/json')],
    ['JSON that holds no base64', () => send('{"0": 5}', 'application/json')],
  ])('%s is refused by itself, while the other request of its batch is answered', async (_, sendBad) => {
    await server.configure({ serverBatchSize: 2, maxBatchDelayMs: 30_000, workers: 1 })
    const [good, bad] = await Promise.all([sendFrame(frames[1]!), sendBad()])
    expect(bad.status).toBe(400)
    expect(await bad.json()).toMatchObject({ code: 400, type: 'BadRequestException' })
    expect(good.status).toBe(200)
    expect(isClose(answerSchema.parse(await good.json()), references[1]!)).toBe(true)
  })

  test('new settings are in force when configure returns, with all workers ready', async () => {
    await server.configure({ serverBatchSize: 8, maxBatchDelayMs: 20, workers: 2 })
    const api = { name: 'management', url: server.managementUrl! } as const
    expect(await describeModel(api, resnet)).toMatchObject({
      serverBatchSize: 8,
      maxBatchDelayMs: 20,
      minWorkers: 2,
      workers: [{ status: 'READY' }, { status: 'READY' }],
    })
    const pids = await server.processIds()
    expect(pids).toHaveLength(3)
    expect(pids.every(isProcessAlive)).toBe(true)
  })

  test('asked for what is in force already, it leaves its workers alone', async () => {
    await server.configure({ serverBatchSize: 1, workers: 1 })
    const before = await server.processIds()
    await server.configure({ serverBatchSize: 1, maxBatchDelayMs: 100, workers: 1 })
    expect(await server.processIds()).toEqual(before)
  })

  test('it says what it is', () => {
    expect(server.identity).toMatchObject({
      kind: 'torchserve',
      label: 'TorchServe 0.12.0',
      version: '0.12.0',
    })
    expect(server.identity.details['torch']).toMatch(/^2\.13\.0/)
  })

  test('stopped, it leaves its log where it was asked for, and neither process nor folder', async () => {
    const pids = await server.processIds()
    const api = { name: 'management', url: server.managementUrl! } as const
    const ownFolder = /s_name_part0=(\S+)\/t\/\.ts\.sock/.exec(readFileSync(logFile, 'utf8'))![1]!
    expect(existsSync(ownFolder)).toBe(true)
    await Promise.all([server.stop(), server.stop()])
    await untilGone(pids)
    expect(existsSync(ownFolder)).toBe(false)
    expect(existsSync(logFile)).toBe(true)
    await expect(describeModel(api, resnet)).rejects.toThrow('does not answer')
  })
})

async function findLogLine(file: string, matches: (line: string) => boolean): Promise<string> {
  for (;;) {
    const line = readFileSync(file, 'utf8').split('\n').find(matches)
    if (line !== undefined) return line
    await sleep(20)
  }
}

describe('a managed TorchServe that does not come to serve', { timeout: 600_000 }, () => {
  const options = { batching: { serverBatchSize: 1, workers: 1 }, signal: neverAborted }

  test.each([
    ['an exception', 'raise RuntimeError("other weights")', /RuntimeError: other weights/, /Fix the error/],
    [
      'too little memory',
      'import torch; self.x = torch.empty(10**14)',
      /can't allocate memory/,
      /out of memory/,
    ],
    ['a kill by the system', 'import os; os.kill(os.getpid(), 9)', /Torch worker started/, /memory/],
  ])(
    'a model that fails to load by %s is reported with the message of its worker',
    async (_, cause, excerpt, remedy) => {
      const handler = join(folder, 'handler.py')
      const lines = [
        'class Handler:',
        '    def initialize(self, context):',
        `        ${cause}`,
        '    def handle(self, rows, context):',
        '        return rows',
      ]
      writeFileSync(handler, lines.join('\n'))
      await expect(startServer({ ...oneWorker, handler }, resnet, options)).rejects.toMatchObject({
        name: 'UserError',
        message: 'the model resnet-18 failed to load',
        exitCode: 3,
        parts: { excerpt: expect.stringMatching(excerpt), remedy: expect.stringMatching(remedy) },
      })
    },
  )

  test('a server that is killed is reported as killed, not as a model that fails', async () => {
    const server = await startServer(oneWorker, resnet, options)
    const pids = await server.processIds()
    process.kill(pids[0]!, 'SIGKILL')
    await untilGone(pids)
    while ((await server.processIds().catch(() => pids)).length > 0) await sleep(20)
    const configuring = server.configure({ serverBatchSize: 2, maxBatchDelayMs: 5, workers: 1 })
    await expect(configuring).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('TorchServe exited'),
    })
    await server.stop()
  })

  test('aborted while the model loads, it is gone when the start gives up', async () => {
    const logFile = join(folder, 'aborted.log')
    const abort = new AbortController()
    const starting = startServer(oneWorker, resnet, {
      ...options,
      signal: abort.signal,
      logFile,
      onProgress: ({ text }) => {
        if (text.startsWith('loading')) setImmediate(() => abort.abort(new Error('enough')))
      },
    })
    await expect(starting).rejects.toThrow('enough')
    const workers = [...readFileSync(logFile, 'utf8').matchAll(/\[PID\](\d+)/g)].map((match) =>
      Number(match[1]),
    )
    await untilGone(workers)
  })

  test('a harness killed by SIGKILL leaves no java and no worker behind', async () => {
    const script = `
      const { startServer } = await import(${JSON.stringify(new URL('../start-server.js', import.meta.url).href)})
      const server = await startServer(${JSON.stringify(oneWorker)}, ${JSON.stringify(resnet)}, {
        batching: ${JSON.stringify(options.batching)}, signal: new AbortController().signal
      })
      console.log(JSON.stringify([await server.processIds(), server.logFile]))
    `
    const harness = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 2],
    })
    const [line] = z
      .tuple([z.string()])
      .parse(await once(createInterface({ input: harness.stdout! }), 'line'))
    const [pids, log] = z.tuple([z.array(z.int()), z.string()]).parse(JSON.parse(line))
    expect(pids.length).toBe(2)
    harness.kill('SIGKILL')
    await untilGone(pids)
    while (existsSync(dirname(log))) await sleep(50)
  })
})
