import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { readSamples } from './read-samples.js'
import {
  emptyRequestSample,
  frameFields,
  frameRecordBytes,
  type RecordField,
  requestFields,
  requestRecordBytes,
  type RequestSample,
} from './record.js'
import { createSampleFile, openSampleWriter } from './sample-writer.js'

let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-samples-'))
  file = join(folder, 'samples.bin')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const noFailure = (error: UserError) => {
  throw error
}

const u32 = fc.nat(0xffff_ffff)
const timeUs = fc.oneof(fc.double({ noNaN: true, min: 0, max: 1e12 }), fc.constant(Number.NaN))
const valueOf: Record<RecordField['type'], fc.Arbitrary<number | Uint32Array>> = {
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32,
  f32: fc.oneof(fc.float(), fc.constant(Number.NaN)),
  f64: timeUs,
  uuid: fc.uint32Array({ minLength: 4, maxLength: 4 }),
}
// From the list itself: a field that the writer forgets, or puts where another one is, does not come back.
const request: fc.Arbitrary<RequestSample> = fc
  .record(Object.fromEntries(requestFields.map(({ name, type }) => [name, valueOf[type]])))
  .map((values) => Object.assign(emptyRequestSample(), values))
const frame = fc.tuple(u32, u32, u32, fc.nat(2), fc.nat(6), timeUs)

async function write(requests: RequestSample[], frames: [number, number, number, number, number, number][]) {
  createSampleFile(file)
  const writer = openSampleWriter(file, noFailure)
  for (const [i, sample] of requests.entries()) {
    writer.request(sample)
    if (i % 3 === 2) writer.flush()
  }
  for (const each of frames) writer.frame(...each)
  await writer.close()
}

test('what was written is what is read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 20 }),
      fc.array(frame, { maxLength: 20 }),
      async (rs, fs) => {
        await write(rs, fs)
        const { requests, frames } = await readSamples(file)
        const read = rs.map((_, i) =>
          Object.fromEntries(
            requestFields.map(({ name, type }) => [
              name,
              type === 'uuid'
                ? new Uint32Array(requests[name].slice(i * 16, i * 16 + 16).buffer)
                : requests[name][i],
            ]),
          ),
        )
        expect(read).toEqual(rs)
        const { camera, frame: tick, request: carrier, phase, outcome, capturedUs } = frames
        expect(
          fs.map((_, i) => [camera[i], tick[i], carrier[i], phase[i], outcome[i], capturedUs[i]]),
        ).toEqual(fs)
      },
    ),
    { numRuns: 30 },
  )
})

test.each([
  ['request', requestFields, requestRecordBytes],
  ['frame', frameFields, frameRecordBytes],
] as const)('the fields of a %s record fill it without overlap', (_, fields, recordBytes) => {
  const bytes = { u8: 1, u16: 2, u32: 4, f32: 4, f64: 8, uuid: 16 }
  const places = fields.flatMap(({ at, type }) => Array.from({ length: bytes[type] }, (_, byte) => at + byte))
  expect(new Set(places).size).toBe(places.length)
  // The last two bytes make the record a multiple of 8.
  expect(Math.max(...places)).toBe(recordBytes - 3)
})

test('blocks from several writers stand side by side', async () => {
  createSampleFile(file)
  const writers = [1, 2, 3].map(() => openSampleWriter(file, noFailure))
  for (let i = 0; i < 6000; i++) writers[i % 3]!.frame(i % 3, i, 0, 1, 0, i)
  await Promise.all(writers.map((writer) => writer.close()))
  const { frames } = await readSamples(file)
  expect(frames.count).toBe(6000)
  expect([...frames.frame].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 6000 }, (_, i) => i))
})

test('a file cut anywhere gives its whole records', async () => {
  const [sample] = fc.sample(request, 1)
  await write(
    [sample!, sample!, sample!],
    Array.from({ length: 5 }, () => [1, 2, 3, 0, 0, 4]),
  )
  const { length } = await readFile(file)
  let smallest = Number.POSITIVE_INFINITY
  for (let end = length; end >= 16; end -= 7) {
    await truncate(file, end)
    const { requests, frames } = await readSamples(file)
    const bytes = requests.count * requestRecordBytes + frames.count * frameRecordBytes
    expect(bytes).toBeLessThanOrEqual(end)
    expect(bytes).toBeLessThanOrEqual(smallest)
    smallest = bytes
  }
})

test.each([
  [
    'foreign',
    async () => await writeFile(file, 'point,repetition\n1,1\n and more than sixteen bytes'),
    'not a sample file',
  ],
  ['empty', async () => await writeFile(file, ''), 'not a sample file'],
  ['missing', async () => {}, 'cannot be read'],
  [
    'damaged',
    async () => {
      await write([], [[1, 2, 3, 0, 0, 4]])
      const bytes = await readFile(file)
      await writeFile(file, Buffer.concat([bytes, Buffer.alloc(64, 1)]))
    },
    'damaged',
  ],
])('a %s file is a UserError', async (_, prepare, message) => {
  await prepare()
  await expect(readSamples(file)).rejects.toSatisfy(
    (error) => error instanceof UserError && error.message.includes(message),
  )
})

test('a full disk is reported once, and closing still works', async () => {
  const reported: UserError[] = []
  const writer = openSampleWriter('/dev/full', (error) => reported.push(error))
  for (let i = 0; i < 10_000; i++) writer.frame(0, i, 0, 1, 0, i)
  await expect(writer.close()).rejects.toThrow('the disk is full')
  expect(reported).toHaveLength(1)
  expect(reported[0]!.exitCode).toBe(3)
})

test('a place that cannot be written is a UserError with exit code 3', () => {
  expect(() => createSampleFile(join(folder, 'no', 'such', 'folder'))).toThrow(UserError)
})
