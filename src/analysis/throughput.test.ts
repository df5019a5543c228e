import { expect, test } from 'vitest'
import type { RequestByHand } from './hand-made-samples.test.support.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import type { ThroughputQuestion } from './throughput.js'
import { throughputOf } from './throughput.js'

const window: ThroughputQuestion = {
  load: 'closed',
  extent: 'window',
  windowStartUs: 1_000_000,
  windowEndUs: 11_000_000,
  answerTolerance: 1e-4,
}

function throughput(requests: RequestByHand[], changes: Partial<ThroughputQuestion> = {}) {
  const samples = handMadeSamples(requests)
  return throughputOf(samples, { ...window, ...changes })
}

/** Batches of eight frames every 216 ms: 37.04 FPS whatever the window cuts. */
function bursts(offsetMs: number): RequestByHand[] {
  return Array.from({ length: 60 }, (_, i) => ({ sentMs: 0, answeredMs: offsetMs + 216 * i, frames: 8 }))
}

test('a closed load is timed from answer to answer, so that a burst at the edge of the window changes nothing', () => {
  const rates = [0, 50, 100, 150, 200].map((offset) => throughput(bursts(offset)).fps)
  for (const fps of rates) expect(fps).toBeCloseTo(8 / 0.216, 9)
})

test('with no answer before the window, its start counts', () => {
  const { fps, fromUs } = throughput([
    { sentMs: 900, answeredMs: 2000 },
    { sentMs: 2000, answeredMs: 3000 },
    { sentMs: 3000, answeredMs: 11_000 },
  ])
  expect(fromUs).toBe(1_000_000)
  expect(fps).toBe(3 / 10)
})

test('a server that falls silent is not flattered by ending at its last answer', () => {
  const answers = Array.from({ length: 50 }, (_, i) => ({ sentMs: 0, answeredMs: 1000 + 100 * i }))
  expect(throughput(answers).fps).toBeCloseTo(49 / 10, 9)
})

test('only frames answered well count, and only correct ones within the SLO are goodput', () => {
  const { fps, goodputFps } = throughput(
    [
      { sentMs: 500, answeredMs: 1000 },
      { sentMs: 1000, answeredMs: 3000, frames: 2 },
      { sentMs: 3000, answeredMs: 5000, outcome: 'http-error' },
      { sentMs: 4950, answeredMs: 5000 },
      { sentMs: 10_950, answeredMs: 11_000, deviation: 0.3 },
    ],
    { sloUs: 100_000 },
  )
  expect(fps).toBe(4 / 10)
  expect(goodputFps).toBe(1 / 10)
})

test('without an SLO there is no goodput, and without an answer the rate is 0', () => {
  expect(throughput([{ sentMs: 1000, outcome: 'timeout' }])).toMatchObject({ fps: 0, framesOk: 0 })
  expect(throughput(bursts(0)).goodputFps).toBeUndefined()
})

test('cameras are counted in the window itself, by the answer and not by the capture', () => {
  const samples = handMadeSamples(
    [
      { sentMs: 900, answeredMs: 1100, phase: 'warmup' },
      { sentMs: 5000, answeredMs: 5100 },
      { sentMs: 10_990, answeredMs: 11_100 },
    ],
    [
      { capturedMs: 900, request: 0, phase: 'warmup' },
      { capturedMs: 4000, request: 1 },
      { capturedMs: 10_990, request: 2 },
      { capturedMs: 10_995 },
    ],
  )
  const { fps, goodputFps } = throughputOf(samples, {
    ...window,
    load: 'cameras',
    sloUs: 1_000_000,
  })
  expect(fps).toBe(2 / 10)
  expect(goodputFps).toBe(1 / 10)
})

test('passes run from the first request sent to the last one answered', () => {
  const { fps, fromUs, toUs } = throughput(
    [
      { sentMs: 10, answeredMs: 60, frames: 4 },
      { sentMs: 60, answeredMs: 110, frames: 4 },
    ],
    { extent: 'passes' },
  )
  expect([fromUs, toUs]).toEqual([10_000, 110_000])
  expect(fps).toBeCloseTo(80, 9)
})
