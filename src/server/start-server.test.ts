import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { ExitCode } from '../system/user-error.js'
import { startServer } from './start-server.js'
import { neverAborted, oneWorker, resnet } from './torchserve/torchserve.test.support.js'
import { restoreEnvironmentAfterEach } from '../system/restore-environment.test.support.js'

const auto = { ...oneWorker, kind: 'auto' } as const
const batching = { serverBatchSize: 1, workers: 1 }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-server-'))
  process.env['PATH'] = folder
  process.env['FRAMESTORM_HOME'] = folder
  delete process.env['FRAMESTORM_PYTHON']
  delete process.env['CI']
})

restoreEnvironmentAfterEach()

test('auto without any Python is the embedded server, with a notice and with its name', async () => {
  const said: string[] = []
  const options = {
    batching,
    signal: neverAborted,
    onProgress: ({ text }: { text: string }) => said.push(text),
  }
  const server = await startServer({ ...auto, api: 'oip' }, resnet, options)
  await server.stop()
  expect(server.endpoint).toMatchObject({ api: 'oip', path: '/v2/models/resnet-18/infer' })
  expect(server.identity).toMatchObject({ kind: 'embedded', label: expect.stringContaining('simulated') })
  expect(said[0]).toContain('SIMULATION')
})

test('in CI the embedded server is never used in place of TorchServe', async () => {
  process.env['CI'] = 'true'
  await expect(startServer(auto, resnet, { batching, signal: neverAborted })).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: { remedy: expect.stringContaining('--server embedded') },
  })
})

test('auto with a Python that cannot be used is an error, never a silent fallback', async () => {
  const answer = JSON.stringify({ executable: '/bin/python3', version: '3.7.2', hasVenv: true })
  writeFileSync(join(folder, 'python3'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })
  await expect(startServer(auto, resnet, { batching, signal: neverAborted })).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: {
      received: expect.stringContaining('3.7.2'),
      remedy: expect.stringContaining('--server embedded'),
    },
  })
})
