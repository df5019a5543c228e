import { expect, test } from 'vitest'
import type { MeasurementSamples } from '../run/record.js'
import { foldOver } from './fold.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { binEdgeMs, computeQuantileCurve, countInBins } from './latency-distribution.js'
import { summariseLatencies } from './percentile.js'
import { computeTimeSeries } from './time-series.js'
import { countAnswers } from './throughput.js'

function seriesOf(samples: MeasurementSamples) {
  const { lastUs } = countAnswers(samples, { windowStartUs: 0, windowEndUs: 0 })
  return foldOver(samples, computeTimeSeries(lastUs))
}

function histogramOf(values: Float64Array) {
  const histogram = countInBins()
  histogram.addEach(values)
  return histogram.result()
}

const upTo = (n: number) => Float64Array.from({ length: n }, (_, i) => (i + 1) * 1000)

test('a histogram holds every sample in bins that are the same for all', () => {
  const { firstBin, counts } = histogramOf(upTo(500))!
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500)
  expect(binEdgeMs(firstBin)).toBe(1)
  const of = (ms: number) => counts[Math.floor(Math.log2(ms) * 8) - firstBin]
  expect(of(256)).toBe(Math.ceil(binEdgeMs(65)) - 256)
  expect(histogramOf(new Float64Array())).toBeUndefined()
})

test('a percentile curve ends where its samples end', () => {
  const curve = computeQuantileCurve(upTo(1000))
  expect(curve[0]).toEqual({ nines: 0, ms: 1 })
  expect(curve.at(-1)!.nines).toBe(3)
  expect(curve.at(-1)!.ms).toBeCloseTo(999.001, 3)
  expect(computeQuantileCurve(upTo(1000), 100).at(-1)!.nines).toBe(2)
  expect(computeQuantileCurve(upTo(1))).toEqual([])
})

test('percentiles whose samples are too few are absent, the others are there', () => {
  const { p50, p95, p99, maxMs, samples } = summariseLatencies(upTo(100))
  expect([p50 !== undefined, p95 !== undefined, p99 !== undefined]).toEqual([true, true, false])
  expect([maxMs, samples]).toEqual([100, 100])
})

test('slices of time count every answer, failures apart', () => {
  const slices = seriesOf(
    handMadeSamples([
      { sentMs: 100, answeredMs: 400, frames: 4 },
      { sentMs: 500, answeredMs: 900 },
      { sentMs: 900, answeredMs: 1500, outcome: 'http-error', frames: 2 },
      { sentMs: 2000, outcome: 'timeout' },
      { sentMs: 2000, answeredMs: 2500 },
    ]),
  )
  expect(slices.map(({ fps, framesFailed }) => [fps, framesFailed])).toEqual([
    [5, 0],
    [0, 2],
    [2, 0],
  ])
  expect(slices[0]).toMatchObject({ requestLatencyP50Ms: 350, requestLatencyMaxMs: 400 })
  expect(slices[1]).not.toHaveProperty('requestLatencyP50Ms')
})

test('a long measurement has longer slices, and at most 120', () => {
  const slices = seriesOf(handMadeSamples([{ sentMs: 0, answeredMs: 1_000_000 }]))
  expect(slices.length).toBeLessThanOrEqual(120)
  expect(slices.at(-1)!.toS).toBe(1000)
})
