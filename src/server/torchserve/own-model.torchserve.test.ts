import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'

import { packageRoot } from '../../system/package-root.js'
import type { ModelSettings } from '../../scenario/plan/plan.js'
import { packArchive } from '../archive/archive-format.js'
import type { OnProgress } from '../../system/progress.js'
import type { RunningServer } from '../running-server.js'
import { startServer } from '../start-server.js'
import { makeFrames, multipart, neverAborted, oneWorker, post, resnet } from './torchserve.test.support.js'

const folder = mkdtempSync(join(tmpdir(), 'own-model-'))
const resultsSchema = z.object({ results: z.array(z.number()) })

/** A model archive whose model answers one number a frame. */
function brightnessArchive(): string {
  const file = join(folder, 'brightness.mar')
  const handler = readFileSync(join(packageRoot, 'fixtures', 'handlers', 'brightness.py'))
  const model = { modelName: 'brightness', modelVersion: '3.1', handler: 'brightness.py' }
  writeFileSync(file, packArchive(model, new Map([['brightness.py', handler]])))
  return file
}

const batching = { serverBatchSize: 2, maxBatchDelayMs: 30_000, workers: 1 }

describe('a model archive of the user’s own', { timeout: 600_000 }, () => {
  let server: RunningServer
  let frames: Buffer[]

  beforeAll(async () => {
    const model: ModelSettings = {
      name: 'lamp',
      weights: 'seeded',
      archive: brightnessArchive(),
      request: { field: 'image{i}', json: 'list' },
      answer: { list: '/results' },
    }
    server = await startServer(oneWorker, model, { batching, signal: neverAborted })
    frames = await makeFrames(3)
  }, 600_000)

  afterAll(async () => {
    await server?.stop()
  })

  test('is served under the name of the scenario, each request answered for its own frames', async () => {
    expect(server.endpoint.path).toBe('/predictions/lamp')
    const base64 = frames.map((frame) => frame.toString('base64'))
    const responses = await Promise.all([
      post(server.endpoint, JSON.stringify([base64[0], base64[1]]), 'application/json'),
      post(server.endpoint, multipart([frames[2]!])),
    ])
    const answers = await Promise.all(
      responses.map(async (response) => resultsSchema.parse(await response.json())),
    )
    expect(answers.map(({ results }) => results.length)).toEqual([2, 1])
    const [first, second, third] = answers.flatMap(({ results }) => results)
    expect(first!).toBeLessThan(second!)
    expect(second!).toBeLessThan(third!)
  })

  test('is named in what the result was measured on', () => {
    expect(server.identity.details['weights']).toContain('brightness.mar')
    expect(server.identity.details['archive']).toMatch(/^sha256 [0-9a-f]{64}$/)
  })
})

test.each<[string, Partial<ModelSettings>, string | undefined, RegExp]>([
  [
    'an archive and a handler beside it',
    { archive: brightnessArchive() },
    'mine.py',
    /handler cannot be combined/,
  ],
  ['an archive that is none', { archive: fileURLToPath(import.meta.url) }, undefined, /not a model archive/],
  ['a handler that is not there', {}, '/no/handler.py', /handler file cannot be read/],
  ['weights that are not there', { weights: '/no/weights.pt' }, undefined, /weights file cannot be read/],
])('%s: refused before anything is installed', async (_, own, handler, message) => {
  const onProgress = vi.fn<OnProgress>()
  const settings = { ...oneWorker, ...(handler !== undefined && { handler }) }
  const starting = startServer(
    settings,
    { ...resnet, ...own },
    { batching, signal: neverAborted, onProgress },
  )
  await expect(starting).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) })
  expect(onProgress).not.toHaveBeenCalled()
})
