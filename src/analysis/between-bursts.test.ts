import { expect, test } from 'vitest'
import { betweenBursts } from './between-bursts.js'

/** Bursts of four answers, 0.1 ms apart, every 100 ms from `firstMs` on. */
function bursts(firstMs: number, count: number): Float64Array {
  return Float64Array.from(
    { length: count * 4 },
    (_, i) => (firstMs + Math.floor(i / 4) * 100) * 1000 + (i % 4) * 100,
  )
}

function framesPerSecond(answeredUs: Float64Array, window: { fromUs: number; toUs: number }): number {
  const { fromUs, toUs } = betweenBursts(answeredUs, window)
  return answeredUs.filter((us) => us > fromUs && us <= toUs).length / ((toUs - fromUs) / 1e6)
}

test('wherever the window’s edges fall, bursts of 4 every 100 ms are 40 a second', () => {
  const answered = bursts(30, 40)
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
  expect(betweenBursts(bursts(30, 10), { fromUs: 0, toUs: 1_000_000 })).toEqual({ fromUs: 0, toUs: 930_300 })
})

test('a server that falls silent is charged for its silence', () => {
  const window = { fromUs: 100_000, toUs: 2_000_000 }
  expect(betweenBursts(bursts(30, 5), window).toUs).toBe(2_000_000)
})

test('requests that were never answered do not count, and no answer at all leaves the window', () => {
  const window = { fromUs: 0, toUs: 1000 }
  expect(betweenBursts(Float64Array.of(Number.NaN), window)).toEqual(window)
})
