import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocateFrames, allocateRequests } from './columns.js'
import { openRequestFinder } from './find-requests.js'
import type { MeasurementSamples } from './record.js'
import type { SampleFile } from './sample-parts.js'

const idOf = (number: number) => `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`

/** Requests `from` to `to` − 1, each with its number as its id; every seventh has none. */
function samplesBetween(from: number, to: number): MeasurementSamples {
  const requests = allocateRequests(to - from)
  for (let row = 0; row < to - from; row++) {
    const number = from + row
    requests.request[row] = number
    if (number % 7 !== 0)
      requests.serverRequestId.set(Buffer.from(idOf(number).replaceAll('-', ''), 'hex'), row * 16)
  }
  return { requests, frames: allocateFrames(0) }
}

/** Read in parts of ten requests. `read` counts the parts of the longest reading. */
function inParts(count: number): SampleFile & { mostRead: () => number } {
  let most = 0
  return {
    *parts() {
      for (let from = 0; from < count; from += 10) {
        most = Math.max(most, from / 10 + 1)
        yield samplesBetween(from, Math.min(count, from + 10))
      }
    },
    answeredUs: () => [],
    mostRead: () => most,
  }
}

function findAll(samples: SampleFile, ids: readonly string[], furthest: number) {
  const finder = openRequestFinder(samples, ids.slice(0, 20), furthest)
  const found = ids.map((id) => finder.find(id)?.request)
  finder.close()
  return found
}

test('the requests of a log are found whatever it lacks, in a window of the samples', () => {
  fc.assert(
    fc.property(
      fc.nat(900),
      fc.integer({ min: 0, max: 12 }),
      fc.array(fc.nat(3), { minLength: 1000, maxLength: 1000 }),
      (lost, swaps, chances) => {
        // The log has lost its beginning, is not quite in order, and has requests of other clients and gaps.
        const logged = chances
          .map((chance, number) => ({ chance, number, place: number + swaps * chance }))
          .filter(({ chance, number }) => number >= lost && chance !== 1)
          .toSorted((a, b) => a.place - b.place)
          .flatMap(({ chance, number }) => (chance === 2 ? [number, 5000 + number] : [number]))
        expect(findAll(inParts(1000), logged.map(idOf), 60)).toEqual(
          logged.map((number) => (number < 1000 && number % 7 !== 0 ? number : undefined)),
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('a gap in the log that is longer than the window loses no more than what is looked for until then', () => {
  const logged = Array.from({ length: 20_000 }, (_, i) => i).filter((i) => i < 100 || i > 9000)
  const found = findAll(inParts(20_000), logged.map(idOf), 60)
  const last = found.slice(-6000)
  expect(last).toEqual(logged.slice(-6000).map((number) => (number % 7 === 0 ? undefined : number)))
})

test('a log of another server is not searched for in all samples again and again', () => {
  const samples = inParts(5000)
  let readings = 0
  const counted: SampleFile = {
    ...samples,
    parts: (...reading) => {
      readings++
      return samples.parts(...reading)
    },
  }
  const foreign = Array.from({ length: 50_000 }, (_, i) => idOf(100_000 + i))
  expect(findAll(counted, foreign, 60).every((request) => request === undefined)).toBe(true)
  expect(readings).toBeLessThan(8)
})
