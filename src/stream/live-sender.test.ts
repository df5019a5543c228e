import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepConnections, type KeptConnections } from '../load/post-frames.js'
import { type ScriptedServer, startScriptedServer } from '../load/testing/scripted-server.test.support.js'
import { liveSender } from './live-sender.js'
import { streamPrinter } from './stream-printer.js'
import type { StreamSettings } from './stream-settings.js'

let server: ScriptedServer
/** Open requests that were not answered yet. */
let open: ServerResponse[]
let answersAtOnce: boolean
let connections: KeptConnections

beforeEach(async () => {
  open = []
  answersAtOnce = false
  server = await startScriptedServer((_, response) => {
    if (answersAtOnce) response.end('{}')
    else open.push(response)
  })
  connections = keepConnections(server.endpoint)
})

afterEach(async () => {
  connections.close()
  await server.close()
})

function answerAll(): void {
  answersAtOnce = true
  for (const response of open.splice(0)) response.end('{}')
}

function sending(changes: Partial<StreamSettings>) {
  const settings: StreamSettings = {
    endpoint: server.endpoint,
    ffmpeg: '',
    input: '',
    isLive: false,
    width: 0,
    height: 0,
    quality: 0,
    batchSize: 4,
    clientBatching: false,
    encoding: 'raw',
    request: { field: 'frame_{i}', json: 'object' },
    answer: 'none',
    every: 20,
    deadlineMs: 20_000,
    framesInFlight: 4,
    queue: { policy: 'queue', depth: 10 },
    ...changes,
  }
  const controller = new AbortController()
  const printer = streamPrinter(settings, { print: () => {}, nowMs: () => 0 })
  const sender = liveSender(settings, { connections, printer, signal: controller.signal })
  const accept = (frames: number) =>
    Array.from({ length: frames }, () => sender.accept(Buffer.from('jpeg'))).at(-1)
  return {
    accept,
    finish: () => sender.finish(),
    stop: () => controller.abort(),
    totals: () => printer.totals(),
  }
}

test('the reader continues while there is room, waits while there is none, and continues again', async () => {
  const { accept, finish, totals } = sending({})
  expect(accept(4 + 9)).toBeUndefined()
  const held = accept(1)
  expect(held).toBeInstanceOf(Promise)
  while (open.length < 4) await new Promise(setImmediate)
  answerAll()
  await held
  await finish()
  expect(totals()).toMatchObject({ framesRead: 14, framesAnswered: 14, framesDropped: 0 })
})

test('stopped while the reader waits: the reader continues, one last batch is sent, the rest is dropped', async () => {
  const { accept, finish, stop, totals } = sending({})
  const held = accept(14)
  stop()
  await held
  const finished = finish()
  while (open.length < 4) await new Promise(setImmediate)
  answerAll()
  await finished
  expect(totals()).toMatchObject({ framesRead: 14, framesAnswered: 8, framesDropped: 6, framesFailed: 0 })
})

test('with client batching a request is sent when it is full, and the rest at the end', async () => {
  answersAtOnce = true
  const { accept, finish, totals } = sending({ clientBatching: true, encoding: 'base64' })
  await accept(6)
  await finish()
  expect(server.seen.map(({ body }) => Object.keys(JSON.parse(body)).length)).toEqual([4, 2])
  expect(totals()).toMatchObject({ framesRead: 6, framesAnswered: 6 })
})

test('a queue with less room than a request still fills it', async () => {
  answersAtOnce = true
  const queue = { policy: 'drop-oldest', depth: 1 } as const
  const { accept, finish, totals } = sending({ clientBatching: true, encoding: 'base64', queue })
  await accept(4)
  await finish()
  expect(totals()).toMatchObject({ framesAnswered: 4, framesDropped: 0 })
})

test('memory is bounded: beyond those in flight no more frames wait than the depth', async () => {
  const { accept, finish, totals } = sending({ queue: { policy: 'drop-oldest', depth: 3 } })
  await accept(1000)
  expect(totals().framesDropped).toBe(1000 - 4 - 3)
  answerAll()
  await finish()
  expect(totals()).toMatchObject({ framesRead: 1000, framesAnswered: 7, framesFailed: 0 })
})
