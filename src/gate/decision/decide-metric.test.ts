import { expect, test } from 'vitest'
import type { MetricName } from '../../scenario/grammar/metric.js'
import { gatedMetric } from '../gated-metric.js'
import type { RepetitionMetrics, RepetitionPair } from '../../analysis/metrics.js'
import { isDecidable, decideMetric } from './decide-metric.js'

/** Deterministic scatter of ±1 % and ±2 %, different on the two sides. */
const wobble = [1, -2, 2, -1, 1, 2, -2, -1]

function repetition(values: Partial<Record<MetricName, number>>, requestsOk = 1000): RepetitionMetrics {
  return { values, requestsOk, durationS: 10, invalid: [] }
}

function pairsOf(
  count: number,
  name: MetricName,
  baseline: (i: number) => number | undefined,
  candidate: (i: number) => number | undefined,
): RepetitionPair[] {
  const side = (value: number | undefined) => repetition(value === undefined ? {} : { [name]: value })
  return Array.from({ length: count }, (_, i) => ({
    baseline: side(baseline(i)),
    candidate: side(candidate(i)),
  }))
}

const steady = (level: number) => (i: number) => level * (1 + wobble[i % 8]! / 100)
const shifted = (level: number) => (i: number) => level * (1 + wobble[(i + 3) % 8]! / 100)
const noisy = (i: number) => 100 * (1 + (i % 2 === 0 ? 0.15 : -0.15))
const drifting = (i: number) => 100 * 0.99 ** i
const turning = (i: number) => (i < 8 ? shifted(100)(i) : 50)
const outlier = (i: number) => (i === 4 ? 40 : shifted(100)(i))
const some = (i: number) => (i % 2 === 0 ? steady(100)(i) : undefined)
const shared = (i: number) => 0.02 + (i % 2) / 10_000
const burst = (i: number) => (i === 3 ? 0.3 : 0)
const options = { gatedMetrics: 1, seed: 1 }

test('equal sides pass after eight pairs', () => {
  const decision = decideMetric(
    gatedMetric('requestLatencyP50Ms'),
    pairsOf(20, 'requestLatencyP50Ms', steady(100), shifted(100)),
    options,
  )
  expect(decision).toMatchObject({ verdict: 'PASS', pairs: 8 })
})

test('a throughput that falls by a fifth fails after eight pairs, and worse is positive', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(8, 'fps', steady(100), shifted(80)), options)
  expect(decision).toMatchObject({ verdict: 'FAIL', pairs: 8 })
  expect(decision.estimate).toBeGreaterThan(0.18)
  expect(decision.low).toBeGreaterThan(0)
})

test('a throughput that rises by a fifth passes, with a negative estimate', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(8, 'fps', steady(100), shifted(120)), options)
  expect(decision.verdict).toBe('PASS')
  expect(decision.estimate).toBeLessThan(-0.15)
})

test('a latency that rises is worse, one that falls is better', () => {
  const metric = gatedMetric('frameLatencyP99Ms')
  expect(decideMetric(metric, pairsOf(8, metric.name, steady(100), shifted(130)), options).verdict).toBe(
    'FAIL',
  )
  expect(decideMetric(metric, pairsOf(8, metric.name, steady(100), shifted(70)), options).verdict).toBe(
    'PASS',
  )
})

test('a machine noisier than the stated floor raises it', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(8, 'fps', noisy, noisy), options)
  expect(decision.floor).toBeGreaterThan(0.15)
  expect(decision.noise).toBe(decision.floor)
})

test('on a machine noisier than three floors a change of a fifth is not passed', () => {
  const baseline = (i: number) => 100 * (1 + ((i * 7) % 8) / 8)
  const candidate = (i: number) => 85 * (1 + ((i * 5 + 3) % 8) / 8)
  const decision = decideMetric(gatedMetric('fps'), pairsOf(20, 'fps', baseline, candidate), options)
  expect(decision.floor).toBeGreaterThan(0.2)
  expect(decision.verdict).toBe('INCONCLUSIVE')
})

test('a steady drift is not noise', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(20, 'fps', drifting, drifting), options)
  expect(decision.noise).toBeLessThan(0.02)
})

test('a change around the floor stays open through all twenty pairs', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(20, 'fps', steady(100), shifted(97.4)), options)
  expect(decision).toMatchObject({ verdict: 'INCONCLUSIVE', pairs: 20 })
  expect(decision.low).toBeLessThan(decision.floor)
  expect(decision.high).toBeGreaterThan(decision.floor)
})

test('later pairs do not reopen a decision', () => {
  const decision = decideMetric(gatedMetric('fps'), pairsOf(20, 'fps', steady(100), turning), options)
  expect(decision).toMatchObject({ verdict: 'PASS', pairs: 8 })
})

test('a candidate that serves nothing at all fails, and every figure stays finite', () => {
  const decision = decideMetric(
    gatedMetric('fps'),
    pairsOf(8, 'fps', steady(100), () => 0),
    options,
  )
  expect(decision.verdict).toBe('FAIL')
  expect(Number.isFinite(decision.estimate) && Number.isFinite(decision.high)).toBe(true)
})

test('a single outlier among eight pairs fails nothing', () => {
  expect(decideMetric(gatedMetric('fps'), pairsOf(8, 'fps', steady(100), outlier), options).verdict).not.toBe(
    'FAIL',
  )
})

test('a tail with too few requests is inconclusive and says which duration would do', () => {
  const pairs = Array.from({ length: 8 }, () => ({
    baseline: repetition({}, 100),
    candidate: repetition({}, 100),
  }))
  const decision = decideMetric(gatedMetric('requestLatencyP99Ms'), pairs, options)
  expect(decision.verdict).toBe('INCONCLUSIVE')
  expect(decision.reason).toContain('a p99 needs 368 requests, found 100; set measure.durationS to 41')
  expect(isDecidable(gatedMetric('requestLatencyP99Ms'), pairs)).toBe(false)
})

test('pairs that lack the figure are not counted', () => {
  const decision = decideMetric(
    gatedMetric('requestLatencyP99Ms'),
    pairsOf(12, 'requestLatencyP99Ms', some, some),
    options,
  )
  expect(decision).toMatchObject({ verdict: 'INCONCLUSIVE', pairs: 6 })
  expect(decision.reason).toContain('6 of 12 pairs')
})

test('errors that appear with the candidate fail as an absolute difference', () => {
  const decision = decideMetric(
    gatedMetric('errorRate'),
    pairsOf(
      8,
      'errorRate',
      () => 0,
      (i) => 0.01 + i / 1000,
    ),
    options,
  )
  expect(decision.verdict).toBe('FAIL')
  expect(decision.estimate).toBeCloseTo(0.0135, 6)
})

test('errors that both sides share, or none, pass', () => {
  expect(
    decideMetric(gatedMetric('errorRate'), pairsOf(8, 'errorRate', shared, shared), options).verdict,
  ).toBe('PASS')
  expect(
    decideMetric(
      gatedMetric('errorRate'),
      pairsOf(
        8,
        'errorRate',
        () => 0,
        () => 0,
      ),
      options,
    ).verdict,
  ).toBe('PASS')
})

test('one burst of errors is neither passed over nor taken for a regression', () => {
  const decision = decideMetric(
    gatedMetric('errorRate'),
    pairsOf(20, 'errorRate', () => 0, burst),
    options,
  )
  expect(decision).toMatchObject({ verdict: 'INCONCLUSIVE', pairs: 20 })
})
