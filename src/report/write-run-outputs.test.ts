import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readMeasurement } from '../run/read-measurement.js'
import { readManifest } from '../run/run-folder.js'
import type { RunManifest } from '../run/manifest.js'
import { UserError } from '../system/user-error.js'
import { cameraLoad, closedLoad, pointOf } from '../analysis/simulated-run.test.support.js'
import { writeSimulatedRun } from '../analysis/simulated-run-folder.test.support.js'
import { analyseRun } from '../analysis/analyse-run.js'
import { openRunOutputs } from './write-run-outputs.js'

let folder: string
const measure = { warmupMaxS: 1, durationS: 2, repetitions: 1, deadlineMs: 5000 }
const points = [
  pointOf(1, 'server', 4, closedLoad(16), { measure }),
  pointOf(2, 'client', 4, cameraLoad(4), { measure }),
]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-run-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('writes all files of a run, none of them unfinished, and the same a second time', async () => {
  await writeSimulatedRun(folder, points, 1)
  const first = await openRunOutputs(folder).end()
  const files = [
    'batches.csv',
    'frames.csv',
    'points.csv',
    'report.html',
    'requests.csv',
    'run.json',
    'samples',
    'summary.md',
  ]
  expect((await readdir(folder)).toSorted((a, b) => a.localeCompare(b))).toEqual(files)
  const texts = () =>
    Promise.all(
      ['points.csv', 'requests.csv', 'summary.md', 'report.html'].map((name) =>
        readFile(join(folder, name), 'utf8'),
      ),
    )
  const before = await texts()
  expect(await openRunOutputs(folder).end()).toEqual(first)
  expect(await texts()).toEqual(before)
})

test('measurements that were added as they were made are not read again, and the outputs are the same', async () => {
  await writeSimulatedRun(folder, points, 1)
  const expected = await openRunOutputs(folder).end()
  const csv = await readFile(join(folder, 'requests.csv'), 'utf8')
  const manifest = await readManifest(folder)
  const record = manifest.measurements[0]!
  const outputs = openRunOutputs(folder)
  const summary = await outputs.add(await readMeasurement(folder, manifest, record))
  expect(summary).toEqual(expected.measurements[0])
  await truncate(join(folder, record.sampleFile), 0)
  expect(await outputs.end()).toEqual(expected)
  expect(await readFile(join(folder, 'requests.csv'), 'utf8')).toBe(csv)
})

test('an interrupted run leaves no unfinished file', async () => {
  await writeSimulatedRun(folder, points, 1)
  const before = await readdir(folder)
  const manifest = await readManifest(folder)
  const outputs = openRunOutputs(folder)
  await outputs.add(await readMeasurement(folder, manifest, manifest.measurements[0]!))
  await outputs.discard()
  expect(await readdir(folder)).toEqual(before)
})

/** The page as it is read: without scripts and style. */
async function pageText(): Promise<string> {
  const page = await readFile(join(folder, 'report.html'), 'utf8')
  return page.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
}

test.each([
  ['a whole run', () => undefined],
  [
    'a run without a finished measurement',
    ({ measurements }: RunManifest) => measurements.forEach((one) => (one.complete = false)),
  ],
  ['a run without any measurement', (manifest: RunManifest) => ({ ...manifest, measurements: [] })],
  [
    'a run that knows little',
    (manifest: RunManifest) => {
      for (const one of manifest.measurements) {
        delete one.server
        delete one.model
        delete one.video
        delete one.batchLogFile
        delete one.loadCpuShare
      }
      return { ...manifest, environment: {}, encodingCosts: [] }
    },
  ],
])('no figure is made up where there is none: %s', async (_, change) => {
  await writeSimulatedRun(folder, points, 1, change)
  await openRunOutputs(folder).end()
  const texts = [await pageText(), await readFile(join(folder, 'summary.md'), 'utf8')]
  for (const text of texts)
    expect(text.match(/.{0,60}\b(?:undefined|NaN|Infinity|null)\b.{0,20}/g)).toBeNull()
})

test('analyses without writing anything', async () => {
  await writeSimulatedRun(folder, points, 1)
  const before = await readdir(folder)
  const { points: found } = await analyseRun(folder)
  expect(found.map(({ point }) => point.id)).toEqual([1, 2])
  expect(await readdir(folder)).toEqual(before)
})

test('a folder that is no run, or without its samples, is an error that says where', async () => {
  await expect(analyseRun(folder)).rejects.toThrow(UserError)
  await writeSimulatedRun(folder, points, 1)
  await rm(join(folder, 'samples'), { recursive: true })
  await expect(analyseRun(folder)).rejects.toThrow('the samples cannot be read')
})

test('samples cut short by a crash are analysed as far as they go', async () => {
  await writeSimulatedRun(folder, points, 1)
  const whole = await analyseRun(folder)
  await truncate(join(folder, 'samples/point-1-repetition-1.bin'), 4001)
  const { points: found } = await analyseRun(folder)
  expect(found[0]!.requestLatency.samples).toBeLessThan(whole.points[0]!.requestLatency.samples)
  expect(found[1]).toEqual(whole.points[1])
})

test('a manifest that names files outside its folder is refused', async () => {
  await writeSimulatedRun(folder, points, 1, ({ measurements }) => {
    measurements[0]!.sampleFile = '../../etc/passwd'
  })
  await expect(analyseRun(folder)).rejects.toThrow('outside its folder')
})

test('the seconds of the machine are read where they are, and missed where they are damaged', async () => {
  await writeSimulatedRun(folder, points, 1, ({ measurements }) => {
    for (const measurement of measurements) measurement.machineFile = `samples/${measurement.point}.json`
  })
  await writeFile(
    join(folder, 'samples/1.json'),
    JSON.stringify([
      { timeS: 1, machineCpuShare: 0.5, stealShare: 0, clientCpuShare: 0.1, clientRssBytes: 1e8 },
    ]),
  )
  await writeFile(join(folder, 'samples/2.json'), '[{"timeS":1,')
  const { measurements } = await analyseRun(folder)
  expect(measurements.map(({ machine }) => machine.length)).toEqual([1, 0])
})
