import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { buildPayload } from '../frames/payload/build-payload.js'
import { postFrames } from '../load/post-frames.js'
import { explainFailure } from '../server/explain-failure.js'
import type { RunningServer } from '../server/running-server.js'
import { serverMessage } from '../server/server-message.js'
import { startServer } from '../server/start-server.js'
import { neverAborted, oneWorker, resnet } from '../server/torchserve/torchserve.test.support.js'
import { packageRoot } from '../system/package-root.js'
import { UserError } from '../system/user-error.js'
import { requireFirstAnswer } from './first-request.js'

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9])
const payload = buildPayload([jpeg, jpeg], { encoding: 'raw', framesPerRequest: 1, request: resnet.request })
let server: RunningServer | undefined

afterEach(async () => {
  await server?.stop()
})

async function startHandler(name: string, serverBatchSize: number): Promise<RunningServer> {
  const logFile = join(mkdtempSync(join(tmpdir(), 'first-request-')), 'server.log')
  const settings = { ...oneWorker, handler: join(packageRoot, 'fixtures', 'handlers', name) }
  const batching = { serverBatchSize, maxBatchDelayMs: 5000, workers: 1 }
  server = await startServer(settings, resnet, { batching, signal: neverAborted, logFile })
  return server
}

test(
  'a handler that raises: what was sent, what the server said, its log and the traceback of this request',
  { timeout: 300_000 },
  async () => {
    const running = await startHandler('raising.py', 1)
    const refused: unknown = await requireFirstAnswer(running, payload, 1, { deadlineMs: 30_000 }).catch(
      (error: unknown) => error,
    )
    if (!(refused instanceof UserError)) throw new Error('it was not refused')
    expect(refused.parts).toMatchObject({
      sent: 'POST /predictions/resnet-18, image/jpeg, 4 bytes:\n<JPEG, 4 bytes>',
      received: 'status 503 InternalServerException: Prediction failed',
      log: running.logFile,
    })
    expect(refused.parts.excerpt).toMatch(/^Traceback \(most recent call last\):\n/)
    expect(refused.parts.excerpt).toMatch(/\nKeyError: 'the handler expects the field image, not body'$/)
    expect(refused.exitCode).toBe(3)
  },
)

test(
  'a handler that fails when requests are joined works alone, and is told by name when it fails',
  { timeout: 300_000 },
  async () => {
    const { endpoint, logFile } = await startHandler('failing_in_batch.py', 2)
    const options = { deadlineMs: 30_000 }
    await requireFirstAnswer({ endpoint, logFile: logFile! }, payload, 1, options)
    const both = await Promise.all([0, 1].map((frame) => postFrames(endpoint, payload, [frame], options)))
    for (const { status, body } of both) {
      const message = serverMessage(body)
      expect(explainFailure({ outcome: 'http-error', status, message }).kind).toBe('batch-mismatch')
    }
  },
)
