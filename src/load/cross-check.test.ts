import { afterEach, expect, test } from 'vitest'
import { crossCheckFps } from './cross-check.js'
import {
  answerFrames,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallPayload } from './testing/small-payload.test.support.js'

let server: ScriptedServer | undefined

afterEach(() => server?.close())

const job = (framesPerRequest: number) => ({
  endpoint: server!.endpoint,
  payload: smallPayload(10, framesPerRequest),
  framesPerRequest,
  framesInFlight: 4,
  deadlineMs: 5000,
  durationS: 1,
})

test('autocannon sends our frames and counts those that were answered', async () => {
  server = await startScriptedServer(answerFrames)
  const fps = await crossCheckFps(job(2), new AbortController().signal)
  const answered = server.seen.length * 2
  expect(fps).toBeGreaterThan(0)
  expect(fps).toBeLessThanOrEqual(answered)
  expect(new Set(server.seen.map(({ body }) => body))).toEqual(
    new Set(['<0:f0 ><1:f1 >.', '<0:f2 ><1:f3 >.', '<0:f4 ><1:f5 >.', '<0:f6 ><1:f7 >.']),
  )
  expect(server.seen[0]!.headers['content-type']).toBe('application/json')
})

test('errors are no frames', async () => {
  server = await startScriptedServer((_, response) => response.writeHead(503).end())
  expect(await crossCheckFps(job(1), new AbortController().signal)).toBe(0)
})

test('it stops on abort', async () => {
  const stopper = new AbortController()
  server = await startScriptedServer((request, response) => {
    if (request.number === 20) stopper.abort()
    answerFrames(request, response)
  })
  expect(await crossCheckFps({ ...job(1), durationS: 3600 }, stopper.signal)).toBeGreaterThan(0)
})
