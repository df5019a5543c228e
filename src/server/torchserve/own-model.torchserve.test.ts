import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
import { findPython } from '../../system/python-env/find-python.js'
import { environmentFolder, pythonNeed } from './environment/environment-folder.js'
import { installedRequirements } from './environment/own-requirements.js'
import { tinyWheel } from './environment/tiny-wheel.test.support.js'
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

describe('a model of the user’s own that is no .mar', { timeout: 600_000 }, () => {
  const made = join(folder, 'bright..model')
  mkdirSync(join(made, 'MAR-INF'), { recursive: true })
  const model = { modelName: 'brightness', modelVersion: '3.1', handler: 'brightness.py' }
  writeFileSync(join(made, 'MAR-INF', 'MANIFEST.json'), JSON.stringify({ runtime: 'python', model }))
  const handler = readFileSync(join(packageRoot, 'fixtures', 'handlers', 'brightness.py'))
  writeFileSync(join(made, 'brightness.py'), handler)
  const before = readdirSync(made, { recursive: true })
  const tar = join(folder, 'packed.tar.gz')
  execFileSync('tar', ['czf', tar, '-C', folder, 'bright..model'])

  test.each([made, tar])('is served from %s, which is left as it is', async (archive) => {
    const [frame] = await makeFrames(1)
    const settings = { ...oneWorker, config: { job_queue_size: 7 }, env: { OMP_NUM_THREADS: 1 } }
    const options = { batching, signal: neverAborted }
    const server = await startServer(settings, { ...resnet, name: 'lamp', archive }, options)
    try {
      // Registered anew: TorchServe removes the unpacked model before.
      await server.configure({ serverBatchSize: 1, workers: 1 })
      const response = await post(server.endpoint, multipart([frame!]))
      expect(resultsSchema.parse(await response.json()).results).toHaveLength(1)
      expect(server.identity.details).toMatchObject({ 'job queue': '7' })
    } finally {
      await server.stop()
    }
    expect(readdirSync(made, { recursive: true })).toEqual(before)
  })

  test('runs with the packages of its requirements, and in an environment of the user’s own', async () => {
    const requirements = join(folder, 'requirements.txt')
    writeFileSync(requirements, tinyWheel(folder, { name: 'tiny', value: 7 }))
    const archive = join(folder, 'tiny.mar')
    const text = `
import tiny
import torch

class Tiny:
    def initialize(self, context):
        pass

    def handle(self, data, context):
        return [{"results": [tiny.value]} for _ in data]
`
    const named = { modelName: 'tiny', modelVersion: '1.0', handler: 'h.py' }
    writeFileSync(archive, packArchive(named, new Map([['h.py', new TextEncoder().encode(text)]])))
    const options = { batching: { serverBatchSize: 1, workers: 1 }, signal: neverAborted }
    const model = { ...resnet, name: 'tiny', archive }
    const server = await startServer({ ...oneWorker, requirements }, model, options)
    const response = await post(server.endpoint, Buffer.from('x'), 'image/jpeg')
    await server.stop()
    expect(await response.json()).toEqual({ results: [7] })
    expect(server.identity.details['requirements']).toMatch(/^requirements\.txt, sha256 /)

    const all = await installedRequirements(environmentFolder(await findPython(pythonNeed)))
    const installed = all.find(({ stamp }) => stamp?.versions['tiny'] !== undefined)!
    const own = await startServer({ ...oneWorker, python: installed.folder }, resnet, options)
    await own.stop()
    rmSync(installed.folder, { recursive: true })
    expect(own.identity.details['environment']).toContain('your own')
  })

  test('is refused before the start if its handler imports what is not installed', async () => {
    const archive = join(folder, 'lacking.mar')
    const lacking = { modelName: 'lacking', modelVersion: '1.0', handler: 'h.py' }
    const text = 'import no_such_module\n'
    writeFileSync(archive, packArchive(lacking, new Map([['h.py', new TextEncoder().encode(text)]])))
    const starting = startServer(oneWorker, { ...resnet, archive }, { batching, signal: neverAborted })
    await expect(starting).rejects.toMatchObject({ message: expect.stringContaining('no_such_module') })
    const derived = 'from ts.torch_handler.image_classifier import ImageClassifier\n'
    writeFileSync(archive, packArchive(lacking, new Map([['h.py', new TextEncoder().encode(derived)]])))
    const vision = startServer(oneWorker, { ...resnet, archive }, { batching, signal: neverAborted })
    await expect(vision).rejects.toMatchObject({ message: expect.stringContaining('torchvision') })
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
