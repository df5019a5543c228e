import { appendFile, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startScriptedServer, type Script } from '../load/testing/scripted-server.test.support.js'
import { smallPayload } from '../load/testing/small-payload.test.support.js'
import { UserError } from '../system/user-error.js'
import { requireFirstAnswer } from './first-request.js'

let close: () => unknown = () => undefined

afterEach(async () => {
  await close()
  delete process.env['FIRST_REQUEST_TOKEN']
})

const logLine = (text: string) => `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - ${text}\n`

async function newLog(text = ''): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'first-request-')), 'server.log')
  await writeFile(file, text)
  return file
}

async function refusal(
  script: Script,
  { logFile, tokenEnv, deadlineMs = 5000 }: { logFile?: string; tokenEnv?: string; deadlineMs?: number } = {},
) {
  const server = await startScriptedServer(script)
  close = () => server.close()
  const endpoint = { ...server.endpoint, ...(tokenEnv !== undefined && { tokenEnv }) }
  try {
    await requireFirstAnswer({ endpoint, ...(logFile !== undefined && { logFile }) }, smallPayload(4, 1), 1, {
      deadlineMs,
    })
  } catch (error) {
    if (error instanceof UserError) return error.parts
    throw error
  }
  return undefined
}

const answering =
  (status: number, body: string): Script =>
  (_, response) => {
    response.statusCode = status
    response.end(body)
  }

test('an answer is accepted', async () => {
  expect(await refusal(answering(200, 'anything'))).toBeUndefined()
})

test('the traceback is that of this request, also if the log is written after the answer', async () => {
  const trace = (name: string) =>
    logLine('Traceback (most recent call last):') +
    logLine('  File "h.py", line 3, in handle') +
    logLine(`ValueError: ${name}`)
  const logFile = await newLog(trace('of another request'))
  const script: Script = (_, response) => {
    response.statusCode = 503
    response.end('{"code":503,"type":"InternalServerException","message":"Prediction failed"}')
    setTimeout(() => void appendFile(logFile, trace('of this \u001b[31mrequest')), 200)
  }
  expect(await refusal(script, { logFile })).toMatchObject({
    excerpt:
      'Traceback (most recent call last):\n  File "h.py", line 3, in handle\nValueError: of this  [31mrequest',
    log: logFile,
    received: 'status 503 InternalServerException: Prediction failed',
    concerns: 'point',
  })
})

test('without a traceback there is none, and the rest is said', async () => {
  const logFile = await newLog(logLine('Traceback (most recent call last):') + logLine('ValueError: old'))
  const parts = await refusal(answering(413, ''), { logFile })
  expect(parts).toMatchObject({
    received: 'status 413',
    sent: 'POST /predictions/m, image/jpeg, 3 bytes:\n<JPEG, 3 bytes>',
    remedy: expect.stringContaining('max_request_size'),
  })
  expect(parts?.excerpt).toBeUndefined()
})

test('a server without workers is not said to be full, and an echoed token is masked', async () => {
  process.env['FIRST_REQUEST_TOKEN'] = 'very-secret-token'
  const parts = await refusal(
    answering(503, 'Model "m" has no worker to serve inference request. very-secret-token'),
    {
      tokenEnv: 'FIRST_REQUEST_TOKEN',
    },
  )
  expect(parts?.remedy).toContain('The model has no worker')
  expect(parts?.received).toMatch(/\*\*\*$/)
  // Another model may have workers.
  expect(parts).toMatchObject({ concerns: 'model' })
})

test('what was sent and the log are said too if no answer comes', async () => {
  const logFile = await newLog()
  expect(await refusal(() => undefined, { logFile, deadlineMs: 100 })).toMatchObject({
    received: 'no answer within 100 ms',
    sent: expect.stringContaining('POST /predictions/m'),
    log: logFile,
  })
})
