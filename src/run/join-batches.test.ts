import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../system/seeded-random.js'
import { allocateFrames, allocateRequests, copyRequests } from './columns.js'
import { openBatchFinder } from './find-batches.js'
import type { ServerBatch } from './read-server-batches.js'
import type { SampleFile } from './sample-parts.js'
import type { MeasurementSamples } from './record.js'
import { joinBatches } from './join-batches.js'

const id = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`

/** Requests 10, 11, 12 … of K frames with the given ids; '' where the request got none. */
function requestsWith(ids: string[], framesPerRequest: number): MeasurementSamples {
  const requests = allocateRequests(ids.length)
  for (const [row, text] of ids.entries()) {
    requests.request[row] = 10 + row
    requests.status[row] = text === '' ? 0 : 200
    requests.frames[row] = framesPerRequest
    requests.sentUs[row] = requests.answeredUs[row] = Number.NaN
    requests.serverRequestId.set(Buffer.from(text.replaceAll('-', ''), 'hex'), row * 16)
  }
  return { requests, frames: allocateFrames(0) }
}

const batchOf = (...requestIds: string[]) => ({ worker: '9000-m_1.0', requestIds, handlerMs: 30 })

test('batches are joined by request id; the full ones are distinguished from those that the delay sent', () => {
  const requests = requestsWith([id('a'), id('b'), id('c')], 4)
  const { batches, unknownRequests, withoutBatch } = joinBatches(
    [batchOf(id('b'), id('a')), batchOf(id('c'))],
    requests,
    { serverBatchSize: 2, framesPerRequest: 4 },
  )
  expect([...batches]).toEqual([
    {
      batch: 0,
      worker: '9000-m_1.0',
      requestsFormed: 2,
      framesFormed: 8,
      framesAsked: 8,
      handlerMs: 30,
      dispatch: 'full',
      members: [11, 10],
    },
    expect.objectContaining({
      batch: 1,
      requestsFormed: 1,
      framesFormed: 4,
      dispatch: 'delay',
      members: [12],
    }),
  ])
  expect({ unknownRequests, withoutBatch }).toEqual({ unknownRequests: 0, withoutBatch: 0 })
})

test('a batch of other clients is omitted, and an answer without a batch is counted', () => {
  const requests = requestsWith([id('a'), '', id('d')], 1)
  const joined = joinBatches([batchOf(id('e')), batchOf(id('a'), id('f'))], requests, {
    serverBatchSize: 2,
    framesPerRequest: 1,
  })
  expect(Array.from(joined.batches, ({ members }) => members)).toEqual([[10]])
  expect(joined.unknownRequests).toBe(2)
  expect(joined.withoutBatch).toBe(1)
})

test('a refusal that stands in a batch does not make up for an answer that stands in none', () => {
  const samples = requestsWith([id('a'), id('b')], 1)
  samples.requests.status[0] = 400
  const settings = { serverBatchSize: 1, framesPerRequest: 1 }
  expect(joinBatches([batchOf(id('a'))], samples, settings).withoutBatch).toBe(1)
})

test('ids match whatever the case of their digits', () => {
  const requests = requestsWith([id('a')], 1)
  const { batches } = joinBatches([batchOf(id('A'))], requests, { serverBatchSize: 1, framesPerRequest: 1 })
  expect(batches).toHaveLength(1)
})

/** The same samples in parts of ten requests. */
function inParts({ requests, frames }: MeasurementSamples): SampleFile {
  return {
    *parts() {
      for (let from = 0; from < requests.count; from += 10) {
        const rows = Uint32Array.from({ length: Math.min(10, requests.count - from) }, (_, row) => from + row)
        const part = allocateRequests(rows.length)
        copyRequests(requests, rows, part, 0)
        yield { requests: part, frames }
      }
    },
    answeredUs: () => [],
  }
}

const anyId = (number: number) => `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`

test('samples that are read in parts are in the batches of samples that are read at once', () => {
  const startedClockUs = 5e9
  fc.assert(
    fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 4 }), (seed, serverBatchSize) => {
      const random = seededRandom(seed)
      const samples = requestsWith(
        Array.from({ length: 300 }, (_, number) => (random() < 0.1 ? '' : anyId(number))),
        1,
      )
      const log: ServerBatch[] = []
      for (let row = 0; row < 300;) {
        const size = Math.min(300 - row, 1 + Math.floor(serverBatchSize * random()))
        const ids = Array.from({ length: size }, (_, i) => anyId(random() < 0.05 ? 9000 + row : row + i))
        const [entryUs, exitUs] = [
          startedClockUs + 1e4 * row + 2e4,
          startedClockUs + 1e4 * row + 9e4 * random(),
        ]
        for (let i = row; i < row + size; i++) {
          samples.requests.sentUs[i] = 1e4 * row - 3e4 * random()
          samples.requests.answeredUs[i] = 1e4 * row + 1e5
        }
        row += size
        if (random() < 0.1) continue
        const handler = { entryUs, decodedUs: entryUs, inferredUs: exitUs, exitUs, frames: ids.map(() => 1) }
        log.push({ worker: random() < 0.5 ? 'a' : 'b', requestIds: ids, handlerMs: 30, handler })
      }
      const settings = { serverBatchSize, framesPerRequest: 1, maxBatchDelayMs: 20, startedClockUs }
      const atOnce = joinBatches(log, samples, settings)
      const joined = joinBatches(log, inParts(samples), settings)
      for (let reading = 0; reading < 2; reading++) expect([...joined.batches]).toEqual([...atOnce.batches])
      expect([joined.unknownRequests, joined.withoutBatch]).toEqual([
        atOnce.unknownRequests,
        atOnce.withoutBatch,
      ])
      const whole = openBatchFinder([...atOnce.batches]).ofPart(samples.requests)
      const finder = openBatchFinder(joined.batches)
      let row = 0
      for (const { requests } of inParts(samples).parts('answeredUs')) {
        const batchOf = finder.ofPart(requests)
        for (let i = 0; i < requests.count; i++) expect(batchOf(i)).toEqual(whole(row++))
      }
    }),
    { numRuns: 40 },
  )
})
