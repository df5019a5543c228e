import { afterEach, expect, test, vi } from 'vitest'
import { smallPayload } from '../load/testing/small-payload.test.support.js'
import { answerFrames, startScriptedServer } from '../load/testing/scripted-server.test.support.js'
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
