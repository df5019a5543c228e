import { expect, test } from 'vitest'
import { gatedMetric } from '../gated-metric.js'
import { decideStored, type StoredFigure } from './decide-stored.js'

const options = { comparisons: 1, otherMachine: false }

function figure(value: number): StoredFigure {
  return { value, repetitions: [value * 0.99, value, value * 1.01] }
}

function stored(...values: number[]): StoredFigure[] {
  return values.map(figure)
}

test('against a single run only a large change is a regression, and a middling one is not decided', () => {
  const verdicts = [40, 36, 30, 50].map(
    (fps) => decideStored(gatedMetric('fps'), stored(40), figure(fps), options).verdict,
  )
  expect(verdicts).toEqual(['PASS', 'INCONCLUSIVE', 'FAIL', 'PASS'])
})

test('eight steady runs say more than one, and scattered ones less', () => {
  const steady = stored(40, 40.2, 39.8, 40.1, 39.9, 40, 40.2, 39.8)
  const scattered = stored(40, 46, 35, 44, 37, 41, 45, 34)
  expect(decideStored(gatedMetric('fps'), steady, figure(36), options).verdict).toBe('FAIL')
  const wide = decideStored(gatedMetric('fps'), scattered, figure(36), options)
  expect(wide.verdict).toBe('PASS')
  expect(wide.floor).toBeGreaterThan(0.1)
})

test('on another machine nothing below 25 % counts', () => {
  const steady = stored(40, 40.2, 39.8, 40.1, 39.9, 40, 40.2, 39.8)
  const verdictAt = (fps: number) =>
    decideStored(gatedMetric('fps'), steady, figure(fps), { ...options, otherMachine: true }).verdict
  expect(verdictAt(30.1)).toBe('PASS')
  expect(verdictAt(29.9)).toBe('FAIL')
})

test('a latency is worse when it rises', () => {
  const metric = gatedMetric('requestLatencyP50Ms')
  expect(decideStored(metric, stored(200), figure(300), options).verdict).toBe('FAIL')
  expect(decideStored(metric, stored(200), figure(100), options).verdict).toBe('PASS')
})

test('errors count absolutely, against the worst run that was accepted', () => {
  const verdicts = [0.0025, 0.004].map(
    (share) => decideStored(gatedMetric('errorRate'), stored(0, 0.002), figure(share), options).verdict,
  )
  expect(verdicts).toEqual(['PASS', 'FAIL'])
})

test('a run that served nothing fails with finite figures', () => {
  const decision = decideStored(gatedMetric('fps'), stored(40), { value: 0, repetitions: [0, 0, 0] }, options)
  expect(decision.verdict).toBe('FAIL')
  expect(Number.isFinite(decision.estimate)).toBe(true)
})

// From the tables of Student's t: t(0.99, 7) = 2.997952, t(0.99, 9) = 2.821438.
test.each([
  [8, 2.997_951_567],
  [10, 2.821_437_925],
])('the interval of %i stored runs is that of Student’s t', (runs, quantile) => {
  const values = Array.from({ length: runs }, (_, i) => (i % 2 === 0 ? 40 : 42))
  const { estimate, low, noise } = decideStored(gatedMetric('fps'), stored(...values), figure(36), options)
  expect((estimate! - low!) / (noise! * Math.sqrt(1 + 1 / runs))).toBeCloseTo(quantile, 8)
})
