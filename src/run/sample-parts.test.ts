import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSamples } from './read-samples.js'
import { emptyRequestSample, type MeasurementSamples, noRequest } from './record.js'
import { createSampleFile, openSampleWriter } from './sample-writer.js'
import { type RequestOrder, wholeSamples } from './sample-parts.js'

let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-parts-'))
  file = join(folder, 'samples.bin')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

interface Sent {
  sentUs: number
  latencyUs: number
  frames: number
  thread: number
}

const sent: fc.Arbitrary<Sent> = fc.record({
  sentUs: fc.oneof(fc.nat(1000), fc.constant(Number.NaN)),
  latencyUs: fc.oneof({ weight: 9, arbitrary: fc.nat(50) }, fc.nat(2000), fc.constant(Number.NaN)),
  frames: fc.integer({ min: 1, max: 3 }),
  thread: fc.nat(1),
})

/** Two threads finish their requests in order of completion. Every few of them, one block reaches the file. */
async function write(requests: Sent[], blockLength: number, isCamera: boolean): Promise<void> {
  createSampleFile(file)
  const writers = [0, 1].map(() =>
    openSampleWriter(file, (error) => {
      throw error
    }),
  )
  const ended = requests
    .map((one, request) => ({ ...one, request, endUs: (one.sentUs || 0) + (one.latencyUs || 3000) }))
    .toSorted((a, b) => a.endUs - b.endUs)
  const numbers = new Map<number, number>()
  for (const [i, { request, sentUs, latencyUs, frames, thread }] of ended.entries()) {
    const nth = numbers.get(thread) ?? 0
    numbers.set(thread, nth + 1)
    // Numbers of threads drift apart, and have gaps.
    const number = 3 * nth * (thread + 1) * 2 + thread
    const sample = emptyRequestSample()
    Object.assign(sample, {
      request: number,
      frames,
      client: request,
      sentUs,
      answeredUs: sentUs + latencyUs,
    })
    sample.dueUs = request
    writers[thread]!.request(sample)
    if (isCamera)
      for (let frame = 0; frame < frames; frame++) writers[thread]!.frame(frame, i, number, 1, 0, request)
    if (isCamera && i % 7 === 0) writers[thread]!.frame(9, i, noRequest, 1, 6, request)
    if (i % blockLength === 0) writers[thread]!.flush()
  }
  for (const writer of writers) await writer.close()
}

/** What a request is, by its number, and what a frame is. */
function rowsOf({ requests, frames }: MeasurementSamples) {
  return {
    requests: Array.from({ length: requests.count }, (_, row) =>
      [requests.request, requests.sentUs, requests.answeredUs, requests.frames, requests.client].map(
        (column) => column[row],
      ),
    ),
    frames: Array.from({ length: frames.count }, (_, row) => [
      ...[frames.camera, frames.frame, frames.request, frames.dueUs, frames.answeredUs].map(
        (column) => column[row],
      ),
      frames.requestRow[row]! < 0 ? undefined : requests.request[frames.requestRow[row]!],
    ]),
  }
}

const sorted = (rows: unknown[][]) => rows.map(String).toSorted()

test('parts hold each request and frame once, frames with their requests, in order of time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sent, { maxLength: 120 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      fc.constantFrom<RequestOrder>('sentUs', 'answeredUs'),
      async (requests, blockLength, mostRows, isCamera, order) => {
        await write(requests, blockLength, isCamera)
        const samples = openSamples(file)
        const whole = rowsOf(wholeSamples(samples))
        const parts: ReturnType<typeof rowsOf>[] = []
        let reachedUs = Number.NEGATIVE_INFINITY
        for (const part of samples.parts(order, { mostRows })) {
          parts.push(rowsOf(part))
          const times = [...part.requests[order]].filter((us) => !Number.isNaN(us))
          for (const us of times) expect(us).toBeGreaterThanOrEqual(reachedUs)
          reachedUs = Math.max(reachedUs, ...times)
        }
        expect(sorted(parts.flatMap((part) => part.requests))).toEqual(sorted(whole.requests))
        expect(sorted(parts.flatMap((part) => part.frames))).toEqual(sorted(whole.frames))
      },
    ),
    { numRuns: 60 },
  )
})

test('a long file is read in many parts, none of which waits for its end', async () => {
  const requests = Array.from({ length: 3000 }, (_, i) => ({
    sentUs: i * 10,
    latencyUs: i % 100 === 0 ? 500 : 30,
    frames: 1 + (i % 2),
    thread: i % 2,
  }))
  await write(requests, 20, true)
  const lengths = Array.from(
    openSamples(file).parts('sentUs', { mostRows: 100 }),
    (part) => part.requests.count,
  )
  expect(lengths.length).toBeGreaterThan(30)
  expect(Math.max(...lengths)).toBeLessThan(200)
})

test('frames whose request is not in a truncated file are in the last part', async () => {
  createSampleFile(file)
  const writer = openSampleWriter(file, () => undefined)
  writer.frame(1, 2, 77, 1, 0, 5)
  await writer.close()
  const parts = Array.from(openSamples(file).parts('sentUs', { mostRows: 1 }), rowsOf)
  expect(parts.flatMap(({ frames }) => frames)).toEqual([[1, 2, 77, Number.NaN, Number.NaN, undefined]])
})
