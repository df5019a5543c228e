import { expect, test } from 'vitest'
import { handMadeSamples, type RequestByHand } from './hand-made-samples.test.support.js'
import { countBursts, measureThroughput, type ThroughputQuestion } from './throughput.js'

const window: ThroughputQuestion = {
  load: 'closed',
  extent: 'window',
  windowStartUs: 1_000_000,
  windowEndUs: 11_000_000,
  answerTolerance: 1e-4,
}

function throughput(requests: RequestByHand[], changes: Partial<ThroughputQuestion> = {}) {
  const samples = handMadeSamples(requests)
  return measureThroughput(samples, { ...window, ...changes })
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
  const { fps, goodputFps } = measureThroughput(samples, {
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

/** Bursts of four answers, 0.1 ms apart, every 100 ms from `firstMs` on. */
function answersInBursts(firstMs: number, count: number): Float64Array {
  return Float64Array.from(
    { length: count * 4 },
    (_, i) => (firstMs + Math.floor(i / 4) * 100) * 1000 + (i % 4) * 100,
  )
}

/** The interval that is counted, of answers in order of time. */
function betweenBursts(answeredUs: Float64Array, window: { fromUs: number; toUs: number }) {
  const known = answeredUs.filter((us) => !Number.isNaN(us))
  const inWindow = known.filter((us) => us > window.fromUs && us <= window.toUs).length
  const counter = countBursts(window, inWindow)
  for (const us of known) counter.count(us, 1, 0)
  const { fromUs, toUs, frames } = counter.result()
  expect(frames).toBe(known.filter((us) => us > fromUs && us <= toUs).length)
  return { fromUs, toUs }
}

function framesPerSecond(answeredUs: Float64Array, window: { fromUs: number; toUs: number }): number {
  const { fromUs, toUs } = betweenBursts(answeredUs, window)
  return answeredUs.filter((us) => us > fromUs && us <= toUs).length / ((toUs - fromUs) / 1e6)
}

test('wherever the window’s edges fall, bursts of 4 every 100 ms are 40 a second', () => {
  const answered = answersInBursts(30, 40)
  for (let startUs = 500_000; startUs < 700_000; startUs += 37) {
    const fps = framesPerSecond(answered, { fromUs: startUs, toUs: startUs + 950_000 })
    expect(fps).toBeCloseTo(40, 6)
  }
})

test('single answers at even times keep their rate', () => {
  const answered = Float64Array.from({ length: 200 }, (_, i) => i * 25_000)
  expect(framesPerSecond(answered, { fromUs: 1_010_000, toUs: 3_990_000 })).toBeCloseTo(40, 6)
})

test('without an answer before the window, it counts from its start', () => {
  expect(betweenBursts(answersInBursts(30, 10), { fromUs: 0, toUs: 1_000_000 })).toEqual({
    fromUs: 0,
    toUs: 930_300,
  })
})

test('a server that falls silent is charged for its silence', () => {
  const window = { fromUs: 100_000, toUs: 2_000_000 }
  expect(betweenBursts(answersInBursts(30, 5), window).toUs).toBe(2_000_000)
})

test('requests that were never answered do not count, and no answer at all leaves the window', () => {
  const window = { fromUs: 0, toUs: 1000 }
  expect(betweenBursts(Float64Array.of(Number.NaN), window)).toEqual(window)
})
