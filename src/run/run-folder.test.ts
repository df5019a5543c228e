import { mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { createRunFolder, linkLatest, pathInRun, readManifest, writeManifest } from './run-folder.js'
import { type RunManifest, schemaVersion } from './run-manifest.js'

let base = ''

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'framestorm-run-'))
})

afterEach(() => rm(base, { recursive: true, force: true }))

const manifest: RunManifest = {
  schemaVersion,
  framestormVersion: '0.1.0',
  startedAt: '2026-01-02T03:04:05.000Z',
  status: 'running',
  scenario: { name: 'quick', text: 'name: quick', hash: 'abc' },
  plan: {
    points: [
      {
        id: 1,
        video: { source: '/clip.mp4', width: 640, height: 480, quality: 3 },
        server: { kind: 'auto', workers: 1 },
        model: {
          name: 'resnet-18',
          weights: 'seeded',
          request: { field: 'image{i}', json: 'object' },
          answer: { list: '' },
        },
        batching: { mode: 'server', framesPerRequest: 1, serverBatchSize: 1, batchSize: 1, encoding: 'raw' },
        load: { kind: 'closed', framesInFlight: 4 },
        measure: { warmupMaxS: 1, durationS: 1, repetitions: 1, deadlineMs: 1000 },
      },
    ],
    order: [{ point: 1, repetition: 1, phaseSeed: -12 }],
    impossible: [],
    merged: [],
    seed: 1,
    expectedS: 2,
  },
  seed: 1,
  environment: { node: 'v20' },
  encodingCosts: [],
  measurements: [],
}

const userError = (message: string) => (error: unknown) =>
  error instanceof UserError && error.message.includes(message)

test('a manifest is read as it was written, again and again', async () => {
  const folder = join(base, 'a', 'run')
  await createRunFolder(folder, manifest)
  expect(await readManifest(folder)).toEqual(manifest)
  await writeManifest(folder, { ...manifest, status: 'complete' })
  expect((await readManifest(folder)).status).toBe('complete')
  expect((await readdir(folder)).toSorted()).toEqual(['run.json', 'samples'])
})

test('what a later version added passes through', async () => {
  const later = { ...manifest, later: { kept: true } }
  await createRunFolder(join(base, 'run'), later)
  expect(await readManifest(join(base, 'run'))).toEqual(later)
})

test('a folder that holds something is refused and left as it is', async () => {
  await writeFile(join(base, 'letter.txt'), 'mine')
  await expect(createRunFolder(base, manifest)).rejects.toSatisfy(userError('not empty'))
  expect(await readdir(base)).toEqual(['letter.txt'])
})

test('a folder that cannot be made is an error of the environment', async () => {
  await writeFile(join(base, 'file'), '')
  await expect(createRunFolder(join(base, 'file', 'run'), manifest)).rejects.toSatisfy(
    (error) => userError('cannot be written')(error) && error instanceof UserError && error.exitCode === 3,
  )
})

test.each([
  ['no run.json', undefined, 'not a run folder'],
  ['no JSON', '{"schemaVersion": 1', 'cannot be read'],
  ['something else', '[]', 'cannot be read'],
  ['another version', JSON.stringify({ ...manifest, schemaVersion: 99 }), 'another version'],
  ['a hole', JSON.stringify({ ...manifest, plan: { points: [] } }), 'cannot be read'],
  ['a wrong kind', JSON.stringify({ ...manifest, measurements: [{ point: 'one' }] }), 'cannot be read'],
])('a run folder with %s is refused', async (_, text, message) => {
  if (text !== undefined) await writeFile(join(base, 'run.json'), text)
  await expect(readManifest(base)).rejects.toSatisfy(userError(message))
})

test('no path leads out of the run folder', () => {
  expect(pathInRun(base, 'samples/a.bin')).toBe(join(base, 'samples', 'a.bin'))
  for (const name of [
    '../secret',
    '/etc/passwd',
    'samples/../../x',
    '.',
    '',
    `../${base.split('/').at(-1)}-b/x`,
  ]) {
    expect(() => pathInRun(base, name)).toThrow(UserError)
  }
})

test('latest points to the newest run', async () => {
  for (const name of ['one', 'two']) {
    await mkdir(join(base, name))
    await linkLatest(join(base, name))
    expect(await readlink(join(base, 'latest'))).toBe(name)
  }
  expect((await readdir(base)).toSorted()).toEqual(['latest', 'one', 'two'])
})

test('latest is left alone where it is a file of the user', async () => {
  await writeFile(join(base, 'latest'), 'mine')
  await mkdir(join(base, 'run'))
  await linkLatest(join(base, 'run'))
  expect(await readFile(join(base, 'latest'), 'utf8')).toBe('mine')
})
