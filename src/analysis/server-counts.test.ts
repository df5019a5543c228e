import { expect, test } from 'vitest'
import { foldOver } from './fold.js'
import { handMadeSamples, type RequestByHand } from './hand-made-samples.test.support.js'
import { serverCounts } from './server-counts.js'

const ok: RequestByHand = { sentMs: 0, answeredMs: 30 }
const counted = { requests: 3, inferenceUs: 90_000, queueUs: 30_000 }

function countsOf(requests: RequestByHand[], serverCounted = counted, refusedStatus = 503) {
  const samples = handMadeSamples(requests)
  for (const [row, { outcome }] of requests.entries())
    if (outcome === 'http-error') samples.requests.status[row] = refusedStatus
  return foldOver(samples, serverCounts({ serverCounted }))
}

test('where all went well the means are those of all requests, of others as well', () => {
  expect(countsOf([ok, ok, ok])).toEqual({
    requests: 3,
    fromOthers: 0,
    inferenceMeanMs: 30,
    queueMeanMs: 10,
  })
  expect(countsOf([ok, ok])).toMatchObject({ fromOthers: 1, inferenceMeanMs: 30 })
})

test('refused requests are counted and not summed: the mean is that of the others', () => {
  const refused: RequestByHand = { sentMs: 0, outcome: 'http-error' }
  expect(countsOf([ok, ok, refused])).toMatchObject({ fromOthers: 0, inferenceMeanMs: 45, queueMeanMs: 15 })
})

test('where it is not certain whose successes were summed there is no mean', () => {
  const refused: RequestByHand = { sentMs: 0, outcome: 'http-error' }
  const givenUp: RequestByHand = { sentMs: 0, outcome: 'timeout' }
  expect(countsOf([ok, refused])).toEqual({ requests: 3, fromOthers: 1 })
  expect(countsOf([ok, ok, givenUp])).toEqual({ requests: 3, fromOthers: 0 })
})

test('a server whose metrics could not be read counts nothing', () => {
  expect(foldOver(handMadeSamples([ok]), serverCounts({}))).toBeUndefined()
})
