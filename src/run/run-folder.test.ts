import { mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UserError } from '../system/user-error.js'
import { type MeasurementRecord, type RunManifest, schemaVersion } from './manifest.js'
import { pathInRun, readManifest } from './run-folder.js'
import { createRun, reopenRun } from './run-writer.js'

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

const record: MeasurementRecord = {
  point: 1,
  repetition: 1,
  startedAt: '2026-01-02T03:04:06.000Z',
  server: { kind: 'torchserve', label: 'TorchServe 0.12.0', details: { java: '17' } },
  sampleFile: 'samples/point-1-repetition-1.bin',
  windowStartUs: 0,
  windowEndUs: 1e6,
  complete: true,
  notes: [],
}

test('a manifest is read as it was written, again and again', async () => {
  const folder = join(base, 'a', 'run')
  const run = await createRun(folder, manifest)
  expect(await readManifest(folder)).toEqual(manifest)
  await run.addMeasurement(record)
  await run.end('complete')
  expect(await readManifest(folder)).toEqual(run.manifest)
  expect(run.manifest).toMatchObject({ status: 'complete', measurements: [record] })
  expect((await readdir(folder)).toSorted()).toEqual(['run.json', 'samples'])
})

test('what a later version added passes through, and a resumed run keeps it', async () => {
  const later = { ...manifest, later: { kept: true }, measurements: [{ ...record, more: 1 }] }
  const folder = join(base, 'run')
  await createRun(folder, later)
  expect(await readManifest(folder)).toEqual(later)
  const resumed = await reopenRun(folder)
  await resumed.begin()
  await resumed.end('interrupted')
  expect(await readManifest(folder)).toMatchObject({
    later: { kept: true },
    measurements: [{ more: 1 }],
    status: 'interrupted',
  })
})

test('a run of version 1, with one server for all, is converted to one server per measurement', async () => {
  const { server, ...bare } = record
  const old = { ...manifest, schemaVersion: 1, server, measurements: [bare] }
  await writeFile(join(base, 'run.json'), JSON.stringify(old))
  expect(await readManifest(base)).toEqual({ ...manifest, measurements: [record] })
})

test('a run of before, which saved the password of a camera, is read without it', async () => {
  const source = 'rtsp://us3r:s3cr#t?/@x@host/1'
  const [point] = manifest.plan.points
  const old = {
    ...manifest,
    scenario: {
      ...manifest.scenario,
      text: `video: { source: '${source}' }`,
      overrides: [`--set video.source=${source}`],
    },
    plan: { ...manifest.plan, points: [{ ...point, video: { ...point!.video, source } }] },
    measurements: [
      { ...record, video: { source, frames: 1, width: 1, height: 1, jpegBytesMean: 1, hash: 'x' } },
    ],
  }
  await writeFile(join(base, 'run.json'), JSON.stringify(old))
  const read = await readManifest(base)
  expect(JSON.stringify(read)).not.toMatch(/us3r|s3cr/)
  expect(read.measurements[0]?.video?.source).toBe(read.plan.points[0]?.video.source)
})

test('points, planned measurements and a second try of a measurement are each in the run once', async () => {
  const run = await createRun(join(base, 'run'), manifest)
  run.emptyPlan()
  expect(run.manifest.plan.points).toEqual([])
  const [point, planned] = [manifest.plan.points[0]!, manifest.plan.order[0]!]
  for (let i = 0; i < 2; i++) run.addPlanned(point, planned)
  await run.addMeasurement({ ...record, complete: false })
  await run.addMeasurement(record)
  expect(run.manifest.plan).toEqual(manifest.plan)
  expect((await readManifest(run.folder)).measurements).toEqual([record])
  expect(manifest.measurements).toEqual([])
})

test('a run that fails before its first measurement leaves no folder; the log of its server is kept', async () => {
  vi.stubEnv('FRAMESTORM_HOME', join(base, 'home'))
  const run = await createRun(join(base, 'run'), manifest, { latest: true })
  await run.begin()
  await writeFile(run.serverLog, 'OutOfMemoryError')
  const { keptLog } = await run.end('failed')
  expect(await readFile(keptLog!, 'utf8')).toBe('OutOfMemoryError')
  expect(await readdir(base)).toEqual(['home'])
  vi.unstubAllEnvs()
})

test('a run that fails later, or is resumed, keeps its folder', async () => {
  const run = await createRun(join(base, 'run'), manifest)
  await run.addMeasurement(record)
  expect(await run.end('failed')).toEqual({})
  expect((await readManifest(run.folder)).status).toBe('failed')
  await createRun(join(base, 'other'), manifest)
  await (await reopenRun(join(base, 'other'))).end('failed')
  expect((await readManifest(join(base, 'other'))).status).toBe('failed')
})

test('a folder that is not empty is rejected and left unchanged', async () => {
  await writeFile(join(base, 'letter.txt'), 'mine')
  await expect(createRun(base, manifest)).rejects.toSatisfy(userError('not empty'))
  expect(await readdir(base)).toEqual(['letter.txt'])
})

test('a folder that cannot be made is an error of the environment', async () => {
  await writeFile(join(base, 'file'), '')
  await expect(createRun(join(base, 'file', 'run'), manifest)).rejects.toSatisfy(
    (error) => userError('cannot be written')(error) && error instanceof UserError && error.exitCode === 3,
  )
})

test.each([
  ['no run.json', undefined, 'this is not a run folder'],
  ['no JSON', '{"schemaVersion": 1', 'cannot be read'],
  ['something else', '[]', 'cannot be read'],
  ['another version', JSON.stringify({ ...manifest, schemaVersion: 99 }), 'another version of Framestorm'],
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

test('latest is the latest complete run: neither one that runs nor one that was interrupted or failed', async () => {
  const start = (name: string) => createRun(join(base, name), manifest, { latest: true })
  for (const name of ['one', 'two']) {
    const run = await start(name)
    await run.addMeasurement(record)
    await run.end('complete')
    expect(await readlink(join(base, 'latest'))).toBe(name)
  }
  for (const status of ['interrupted', 'failed'] as const) {
    const run = await start(status)
    await run.addMeasurement(record)
    await run.end(status)
  }
  await createRun(join(base, 'elsewhere'), manifest).then((run) => run.end('complete'))
  expect(await readlink(join(base, 'latest'))).toBe('two')
})

test('latest is left alone if it is a file of the user', async () => {
  await writeFile(join(base, 'latest'), 'mine')
  const run = await createRun(join(base, 'run'), manifest, { latest: true })
  await run.end('complete')
  expect(await readFile(join(base, 'latest'), 'utf8')).toBe('mine')
})
