import { afterEach, expect, test, vi } from 'vitest'
import { smallPayload } from './testing/small-payload.test.support.js'
import { answerFrames, startScriptedServer } from './testing/scripted-server.test.support.js'
import { endpointUrl } from '../server/endpoint.js'
import { ExitCode } from '../system/user-error.js'
import { postFrames } from './post-frames.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a frame is posted with the token of its variable, without the newline of a secret file', async () => {
  vi.stubEnv('TS_KEY', 's3cret\n')
  const server = await startScriptedServer(answerFrames)
  const endpoint = { ...server.endpoint, tokenEnv: 'TS_KEY' }
  const signal = new AbortController().signal
  const { status } = await postFrames(endpoint, smallPayload(1, 1), [0], { deadlineMs: 5000, signal })
  await server.close()
  expect(status).toBe(200)
  expect(server.seen[0]?.headers.authorization).toBe('Bearer s3cret')
})

test('a server that does not answer is an environment error that says why', async () => {
  const server = await startScriptedServer(() => {})
  const post = () => postFrames(server.endpoint, smallPayload(1, 1), [0], { deadlineMs: 100 })
  await expect(post()).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: { where: endpointUrl(server.endpoint), received: 'no answer within 100 ms' },
  })
  await server.close()
  await expect(post()).rejects.toMatchObject({ parts: { received: 'no connection (ECONNREFUSED)' } })
})

test('an abort throws its reason', async () => {
  const controller = new AbortController()
  const server = await startScriptedServer(() => controller.abort(new Error('stopped by the test')))
  const options = { deadlineMs: 20_000, signal: controller.signal }
  await expect(postFrames(server.endpoint, smallPayload(1, 1), [0], options)).rejects.toThrow(
    'stopped by the test',
  )
  await server.close()
})
