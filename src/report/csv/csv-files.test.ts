import { analyseMeasurements } from '../../analysis/analyse-simulated.test.support.js'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { measurementInput } from '../../run/read-measurement.js'
import {
  cameraLoad,
  closedLoad,
  dropFrames,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../../analysis/simulated-run.test.support.js'
import { pointsColumns, writePointsCsv } from './points-columns.js'
import { openSampleFiles } from '../samples/sample-files.js'
import { createCsv } from './csv-file.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-csv-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function rows(name: string): Promise<Record<string, string>[]> {
  return parse(await readFile(join(folder, name)), { columns: true })
}

async function writeRun(points: ReturnType<typeof pointOf>[], drop = false) {
  const measured = points.map((point) => simulateMeasurement(point))
  if (drop) for (const { samples } of measured) dropFrames(samples, (i) => i % 9 === 0)
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  const inputs = measured.map(({ record, samples, batches }) =>
    measurementInput(manifest, record, samples, { batches }),
  )
  const csvs = await openSampleFiles(folder, 'csv')
  for (const input of inputs) await csvs.write(input)
  await csvs.end()
  const analysis = analyseMeasurements('run', manifest, inputs)
  await writePointsCsv(join(folder, 'points.csv'), analysis)
  return measured
}

const outcomeColumns = [
  'framesOk',
  'framesHttpError',
  'framesTimeout',
  'framesConnectionError',
  'framesBadResponse',
  'framesAborted',
  'framesDropped',
]

test('points.csv accounts for every frame in every row', async () => {
  await writeRun([pointOf(1, 'server', 4, closedLoad(16)), pointOf(2, 'client', 4, cameraLoad(6))], true)
  const points = await rows('points.csv')
  expect(points).toHaveLength(2)
  for (const row of points) {
    const sum = outcomeColumns.reduce((total, name) => total + Number(row[name]), 0)
    expect(sum).toBe(Number(row['framesScheduled']))
  }
  expect(Number(points[1]!['framesDropped'])).toBeGreaterThan(0)
})

test('points.csv has the columns that others depend on', () => {
  const promised =
    'point repetition mode batchSize framesPerRequest serverBatchSize maxBatchDelayMs encoding load framesInFlight ' +
    'cameras cameraFps server model durationS framesScheduled framesOk framesHttpError framesTimeout ' +
    'framesConnectionError framesBadResponse framesAborted framesDropped fps goodputFps requestLatencyP50Ms ' +
    'requestLatencyP99Ms frameLatencyP50Ms frameLatencyP95Ms frameLatencyP99Ms sendLagP50Ms sendLagP99Ms ' +
    'batchFormedMean outcome validity'
  const names = pointsColumns.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(promised.split(' ')))
  expect(new Set(names).size).toBe(names.length)
})

test('what is absent is empty and never 0: a closed load has no frame latency, a batch of one no delay', async () => {
  await writeRun([pointOf(1, 'client', 4, closedLoad(16))])
  const [row] = await rows('points.csv')
  for (const name of ['frameLatencyP50Ms', 'cameras', 'maxBatchDelayMs', 'outcome', 'crossCheckFps'])
    expect(row![name]).toBe('')
})

test('an embedded server can never be mistaken for TorchServe', async () => {
  await writeRun([pointOf(1, 'client', 4, closedLoad(16))])
  expect((await rows('points.csv'))[0]!['server']).toBe('embedded (simulated)')
})

test('requests.csv has one row a request, with times in ms at µs resolution', async () => {
  const [measured] = await writeRun([pointOf(1, 'server', 2, cameraLoad(2))])
  const requests = await rows('requests.csv')
  const { requests: columns } = measured!.samples
  expect(requests).toHaveLength(columns.count)
  expect(Number(requests[5]!['sentMs'])).toBe(Math.round(columns.sentUs[5]!) / 1000)
  expect(requests[5]!['serverRequestId']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  expect(requests[5]!['connectMs']).toBe('')
})

test('frames.csv names the request of each frame, and none for a dropped one', async () => {
  const [measured] = await writeRun([pointOf(1, 'client', 2, cameraLoad(2))], true)
  const frames = await rows('frames.csv')
  expect(frames).toHaveLength(measured!.samples.frames.count)
  for (const frame of frames) expect(frame['request'] === '').toBe(frame['outcome'] === 'dropped')
})

test('batches.csv joins each batch to its requests', async () => {
  await writeRun([pointOf(1, 'server', 4, closedLoad(16))])
  const [requests, batches] = [await rows('requests.csv'), await rows('batches.csv')]
  const members = batches.flatMap((batch) => batch['members']!.split(' '))
  expect(members).toHaveLength(requests.length)
  expect(new Set(members)).toEqual(new Set(requests.map((request) => request['request'])))
})

test('a run without cameras has no frames.csv, not even one of a run before', async () => {
  await writeRun([pointOf(1, 'server', 2, cameraLoad(1))])
  await writeRun([pointOf(1, 'server', 2, closedLoad(4))])
  expect((await readdir(folder)).toSorted()).toEqual(['batches.csv', 'points.csv', 'requests.csv'])
})

test('text that a spreadsheet would run is neutralised, and negative numbers stay numbers', async () => {
  const columns = [
    { name: 'text', meaning: '', cell: (row: { text: string; number: number }) => row.text },
    { name: 'number', meaning: '', cell: (row: { text: string; number: number }) => row.number },
  ]
  const csv = createCsv(join(folder, 'x.csv'), columns)
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', 'a,"b"\nc']) await csv.write({ text, number: -0.5 })
  await csv.end()
  const written = await rows('x.csv')
  expect(written.map(({ text }) => text)).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", 'a,"b"\nc'])
  expect(written.map(({ number }) => number)).toEqual(Array.from({ length: 5 }, () => '-0.5'))
})

test('a folder that cannot be written is an error and not an unfinished file', async () => {
  const csv = createCsv(join(folder, 'absent', 'x.csv'), [{ name: 'a', meaning: '', cell: () => 1 }])
  await csv.write({})
  await expect(csv.end()).rejects.toThrow('ENOENT')
})
