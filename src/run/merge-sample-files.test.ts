import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { mergeSampleFiles } from './merge-sample-files.js'
import { blocksIn, readSamples } from './read-samples.js'
import { emptyRequestSample, frameRecordBytes, requestRecordBytes } from './record.js'
import { blockHead, blockHeadBytes, BlockKind, fileHeadBytes, sampleFileHead } from './record-block.js'
import { createSampleFile, openSampleWriter } from './sample-writer.js'

let folder = ''
const fileOf = (name: string | number) => join(folder, `${name}.bin`)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-merge-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

interface Sent {
  answeredUs: number
  frames: number
}

/** The requests of one agent, in order of completion. Every few of them a block ends. */
async function write(name: string | number, agent: number, requests: readonly Sent[], rowsPerBlock = 3) {
  createSampleFile(fileOf(name))
  const writer = openSampleWriter(fileOf(name), (error) => {
    throw error
  })
  for (const [n, { answeredUs, frames }] of requests.entries()) {
    const request = agent + 100 * n
    writer.request(Object.assign(emptyRequestSample(), { request, frames, dueUs: n, sentUs: n, answeredUs }))
    for (let frame = 0; frame < frames; frame++) writer.frame(agent, frame, request, 1, 0, n)
    if (n % rowsPerBlock === rowsPerBlock - 1) writer.flush()
  }
  await writer.close()
}

/** Each record as text, in no particular order. */
async function recordsOf(file: string): Promise<string[]> {
  const bytes = await readFile(file)
  return blocksIn(file)
    .flatMap(({ kind, at, count }) => {
      const size = kind === BlockKind.requests ? requestRecordBytes : frameRecordBytes
      return Array.from({ length: count }, (_, i) =>
        bytes.toString('hex', at + i * size, at + (i + 1) * size),
      )
    })
    .toSorted()
}

const agents = fc.array(
  fc.array(
    fc.record({
      answeredUs: fc.oneof(fc.nat(100_000), fc.constant(Number.NaN)),
      frames: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 40 },
  ),
  { minLength: 1, maxLength: 5 },
)

test('the merged file has every record of every file, unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(agents, fc.integer({ min: 1, max: 9 }), async (all, rowsPerBlock) => {
      for (const [agent, requests] of all.entries()) await write(agent, agent, requests, rowsPerBlock)
      const files = all.map((_, agent) => fileOf(agent))
      const counts = await mergeSampleFiles(files, fileOf('merged'))
      expect(counts).toEqual(
        all.map((requests) => ({
          requests: requests.length,
          frames: requests.reduce((sum, { frames }) => sum + frames, 0),
        })),
      )
      const parts = await Promise.all(files.map(recordsOf))
      expect(await recordsOf(fileOf('merged'))).toEqual(parts.flat().toSorted())
    }),
    { numRuns: 40 },
  )
})

test('blocks are in order of time, and those of a file keep their order', async () => {
  const every = (us: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ answeredUs: (i + 1) * us, frames: 1 }))
  await write('slow', 0, every(1000, 20), 2)
  await write('fast', 1, every(100, 200), 5)
  await mergeSampleFiles([fileOf('slow'), fileOf('fast')], fileOf('merged'))
  const { requests } = await readSamples(fileOf('merged'))
  const times = [...requests.answeredUs]
  // A block holds 0.5 or 2 ms.
  let latest = 0
  for (const time of times) {
    expect(time).toBeGreaterThan(latest - 2000)
    latest = Math.max(latest, time)
  }
  const numbersOf = (agent: number) => [...requests.request].filter((number) => number % 100 === agent)
  for (const agent of [0, 1]) expect(numbersOf(agent)).toEqual(numbersOf(agent).toSorted((a, b) => a - b))
})

test('a file that was cut gives its whole records, and the others all of theirs', async () => {
  const requests = Array.from({ length: 7 }, (_, i) => ({ answeredUs: i, frames: 2 }))
  await write('whole', 0, requests)
  await write('cut', 1, requests)
  const { size } = await stat(fileOf('cut'))
  for (let end = size; end >= fileHeadBytes; end -= 13) {
    await truncate(fileOf('cut'), end)
    const counts = await mergeSampleFiles([fileOf('whole'), fileOf('cut')], fileOf('merged'))
    const merged = await readSamples(fileOf('merged'))
    const cut = await readSamples(fileOf('cut'))
    expect(counts).toEqual([
      { requests: 7, frames: 14 },
      { requests: cut.requests.count, frames: cut.frames.count },
    ])
    expect(merged.requests.count).toBe(7 + cut.requests.count)
    expect(merged.frames.count).toBe(14 + cut.frames.count)
  }
})

test('a block of any length is copied', async () => {
  const count = 10_000
  const records = Buffer.alloc(count * frameRecordBytes)
  for (let i = 0; i < count; i++) records.writeUInt32LE(i, i * frameRecordBytes + 12)
  await writeFile(
    fileOf('long'),
    Buffer.concat([sampleFileHead(), blockHead(BlockKind.frames, count), records]),
  )
  expect(await mergeSampleFiles([fileOf('long')], fileOf('merged'))).toEqual([{ requests: 0, frames: count }])
  const { frames } = await readSamples(fileOf('merged'))
  expect([...frames.frame]).toEqual(Array.from({ length: count }, (_, i) => i))
})

test.each([
  ['foreign', async () => writeFile(fileOf('bad'), 'point,repetition\n1,1\n and more'), 'not a sample file'],
  ['missing', async () => {}, 'cannot be read'],
  [
    'damaged',
    async () => {
      await write('bad', 1, [{ answeredUs: 1, frames: 1 }])
      await writeFile(fileOf('bad'), Buffer.concat([await readFile(fileOf('bad')), Buffer.alloc(64, 1)]))
    },
    'damaged',
  ],
])('a %s file is a UserError, and nothing is merged', async (_, prepare, message) => {
  await write('good', 0, [{ answeredUs: 1, frames: 1 }])
  await prepare()
  await expect(mergeSampleFiles([fileOf('good'), fileOf('bad')], fileOf('merged'))).rejects.toSatisfy(
    (error) => error instanceof UserError && error.message.includes(message),
  )
  await expect(stat(fileOf('merged'))).rejects.toThrow('ENOENT')
})

test('a full disk is a UserError with exit code 3', async () => {
  const requests = Array.from({ length: 1000 }, (_, i) => ({ answeredUs: i, frames: 1 }))
  await write('good', 0, requests, 1000)
  await expect(mergeSampleFiles([fileOf('good')], '/dev/full')).rejects.toSatisfy(
    (error) => error instanceof UserError && error.exitCode === 3,
  )
})

test('files without a record merge into one without a record', async () => {
  createSampleFile(fileOf('empty'))
  expect(await mergeSampleFiles([fileOf('empty'), fileOf('empty')], fileOf('merged'))).toEqual([
    { requests: 0, frames: 0 },
    { requests: 0, frames: 0 },
  ])
  expect((await stat(fileOf('merged'))).size).toBe(fileHeadBytes)
  expect(blockHeadBytes).toBe(blockHead(BlockKind.frames, 0).length)
})
