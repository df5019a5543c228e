import { expect, test } from 'vitest'
import {
  generatorLags,
  handMadeSamples,
  type FrameByHand,
  type RequestByHand,
} from './hand-made-samples.test.support.js'
import { cameraLoad, closedLoad } from './simulated-run.test.support.js'

function lagsMs(
  requests: RequestByHand[],
  maxInFlightPerCamera: number,
  { frames = [], camerasPerClient = 1 }: { frames?: FrameByHand[]; camerasPerClient?: number } = {},
): number[] {
  const load = { ...cameraLoad(2), maxInFlightPerCamera, camerasPerClient }
  const { measuredUs } = generatorLags(handMadeSamples(requests, frames), { load, framesPerRequest: 1 })
  return [...measuredUs].map((us) => us / 1000)
}

test('is the time from due to sent where nothing was in the way', () => {
  expect(
    lagsMs(
      [
        { dueMs: 10, sentMs: 12, answeredMs: 20 },
        { dueMs: 30, sentMs: 31, answeredMs: 40 },
      ],
      1,
    ),
  ).toEqual([1, 2])
})

test('does not hold the wait for an answer that makes room', () => {
  const requests = [
    { dueMs: 10, sentMs: 10, answeredMs: 500 },
    { dueMs: 20, sentMs: 501, answeredMs: 900 },
    { dueMs: 30, sentMs: 903, answeredMs: 990 },
  ]
  expect(lagsMs(requests, 1)).toEqual([0, 1, 3])
})

test('holds the whole lateness where there was room', () => {
  const requests = [
    { dueMs: 10, sentMs: 10, answeredMs: 500 },
    { dueMs: 20, sentMs: 501, answeredMs: 900 },
  ]
  expect(lagsMs(requests, 2)).toEqual([0, 481])
})

test('keeps clients apart, and warm-up out of the figures but in the way', () => {
  const requests: RequestByHand[] = [
    { client: 0, dueMs: 0, sentMs: 0, answeredMs: 100, phase: 'warmup' },
    { client: 1, dueMs: 10, sentMs: 12, answeredMs: 50 },
    { client: 0, dueMs: 20, sentMs: 101, answeredMs: 200 },
  ]
  expect(lagsMs(requests, 1)).toEqual([1, 2])
})

test('each camera of an edge device has room of its own if its frames are sent alone', () => {
  const requests = [
    { dueMs: 10, sentMs: 10, answeredMs: 500 },
    { dueMs: 20, sentMs: 503, answeredMs: 900 },
  ]
  const frames = [0, 1].map((camera) => ({ camera, capturedMs: 10 * (camera + 1), request: camera }))
  expect(lagsMs(requests, 1, { frames, camerasPerClient: 2 })).toEqual([0, 483])
  expect(lagsMs(requests, 1, { frames })).toEqual([0, 3])
})

test('under closed load is the time from the end of the request before, and its own row says whose it is', () => {
  const requests = [
    { client: 1, dueMs: 40, sentMs: 42, answeredMs: 50 },
    { client: 1, dueMs: 50, sentMs: 50.5, answeredMs: 60 },
  ]
  const { byRowUs } = generatorLags(handMadeSamples(requests), { load: closedLoad(2), framesPerRequest: 1 })
  expect([...byRowUs]).toEqual([2000, 500])
})

test('is the same in whatever order requests were completed', () => {
  const inOrder = Array.from({ length: 400 }, (_, i) => ({
    dueMs: 10 * i,
    sentMs: 10 * i + (i % 7),
    answeredMs: 10_000 + i,
  }))
  const lags = lagsMs(inOrder, 1000)
  expect(lags.at(-1)).toBe(6)
  expect(lagsMs(inOrder.toReversed(), 1000)).toEqual(lags)
  expect(
    lagsMs(
      inOrder.toSorted((a, b) => (a.dueMs % 70) - (b.dueMs % 70)),
      1000,
    ),
  ).toEqual(lags)
})
