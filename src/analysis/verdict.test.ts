import { expect, test } from 'vitest'
import { analyseSimulated } from './analyse-simulated.test.support.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { pointSummary } from './summaries.test.support.js'
import { decideVerdict } from './verdict.js'

const closedSweep = [
  pointOf(1, 'server', 1, closedLoad(16)),
  pointOf(2, 'server', 4, closedLoad(16)),
  pointOf(3, 'client', 4, closedLoad(16)),
  pointOf(4, 'server', 8, closedLoad(16)),
  pointOf(5, 'client', 8, closedLoad(16)),
]

test('one INVALID repetition of three is set aside', async () => {
  const { points, exitCode } = await analyseSimulated(closedSweep, 3, ({ record }) => {
    if (record.repetition === 2) record.loadCpuShare = 0.95
  })
  expect(exitCode).toBe(0)
  expect(points[0]).toMatchObject({ repetitionsUsed: 2, repetitionsMeasured: 3, validity: 'VALID' })
  expect(points[0]!.findings.find(({ name }) => name === 'client-saturated')?.repetitions).toEqual([2])
})

test('interrupted measurements are kept but never summarised', async () => {
  const { points, measurements } = await analyseSimulated(closedSweep.slice(0, 2), 1, ({ record }, point) => {
    record.complete = point.id !== 2
  })
  expect(points.map(({ point }) => point.id)).toEqual([1])
  expect(measurements.map(({ complete }) => complete)).toEqual([true, false])
})

test('the same samples give the same analysis, byte for byte', async () => {
  const [a, b] = [await analyseSimulated(closedSweep), await analyseSimulated(closedSweep)]
  expect(JSON.stringify(a)).toBe(JSON.stringify(b))
})

const steady = (value: number) => ({ median: value, min: value, max: value, repetitions: 3 })
const latency = (p50Ms: number) => ({
  frameLatency: { samples: 300, independent: 300, p50: { value: p50Ms, low: p50Ms, high: p50Ms } },
  frameLatencySpread: { p50: steady(p50Ms) },
})
const cameraPoint = (id: number, mode: 'server' | 'client', measuredMs: number, punctualMs: number) =>
  pointSummary(pointOf(id, mode, 4, cameraLoad(4)), {
    ...latency(measuredMs),
    outcome: 'within-slo',
    withoutLateness: latency(punctualMs),
  })
const complete = { measured: 6, planned: 6, leftOut: [] }

test('a winner in frame latency that lateness decides makes the verdict INVALID', () => {
  const verdict = decideVerdict(
    [cameraPoint(1, 'server', 103, 100), cameraPoint(2, 'client', 100, 100)],
    complete,
  )
  expect(verdict).toMatchObject({
    validity: 'INVALID',
    latency: { winner: 'client', withoutLateness: { winner: undefined } },
  })
  expect(verdict.caveats).toContainEqual({ name: 'lateness-decides', measured: 'client', without: undefined })
  expect(verdict.invalidPoints).toEqual([])
})

test('a winner that lateness does not decide stands', () => {
  const verdict = decideVerdict(
    [cameraPoint(1, 'server', 130, 125), cameraPoint(2, 'client', 100, 100)],
    complete,
  )
  expect(verdict).toMatchObject({ validity: 'VALID', latency: { winner: 'client' } })
  expect(verdict.latency).not.toHaveProperty('withoutLateness')
})
