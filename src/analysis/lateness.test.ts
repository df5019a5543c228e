import { expect, test } from 'vitest'
import { analyseMeasurements } from './analyse-simulated.test.support.js'
import { generatorLags, handMadeSamples } from './hand-made-samples.test.support.js'
import { decideTwice, samplesWithoutLateness, withoutLateness } from './lateness.js'
import { summariseMeasurement, type MeasurementSummary } from './measurement-summary.js'
import {
  cameraLoad,
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from './simulated-run.test.support.js'
import { measurementInput } from '../run/read-measurement.js'
import type { Point } from '../scenario/plan/plan.js'

const point = pointOf(1, 'server', 1, cameraLoad(1), { slo: { latencyMs: 100, percentile: 99 } })

interface LateRequests {
  requests?: number
  serviceMs?: number
  lateMs: (i: number) => number
  maxInFlight?: number
}

/** One camera at 5 fps. Each request is sent late by so many ms, or when the one before makes room. */
function inputOf(one: Point, { requests: count = 50, serviceMs = 99.5, lateMs, maxInFlight }: LateRequests) {
  let answeredMs = 0
  const requests = Array.from({ length: count }, (_, i) => {
    const dueMs = 2000 + 200 * i
    const sentMs = Math.max(dueMs, maxInFlight === undefined ? 0 : answeredMs) + lateMs(i)
    answeredMs = sentMs + serviceMs
    return { dueMs, sentMs, answeredMs }
  })
  const frames = requests.map(({ dueMs }, request) => ({ capturedMs: dueMs, request }))
  const { record } = simulateMeasurement(one)
  const load =
    one.load.kind === 'cameras' ? { ...one.load, maxInFlightPerCamera: maxInFlight ?? 1000 } : one.load
  return {
    point: { ...one, load },
    record,
    samples: handMadeSamples(requests, frames),
    answerTolerance: 1e-4,
  }
}

function summary(late: LateRequests, one: Point = point): MeasurementSummary {
  return summariseMeasurement(inputOf(one, late)).summary
}

const invalidNames = ({ findings }: MeasurementSummary) =>
  findings.filter(({ severity }) => severity === 'invalid').map(({ name }) => name)

test('requests that are over the SLO only because they were sent late make the measurement INVALID', () => {
  const one = summary({ lateMs: (i) => (i < 5 ? 1 : 0) })
  expect(one).toMatchObject({
    validity: 'INVALID',
    outcome: 'over-slo',
    sloAttainment: 0.9,
    withoutLateness: { outcome: 'within-slo', sloAttainment: 1 },
  })
  expect(invalidNames(one)).toEqual(['lateness-decides'])
})

test('a single late request is not too late on average, but the outcome may not rest on it', () => {
  expect(invalidNames(summary({ lateMs: (i) => (i === 7 ? 60 : 0), serviceMs: 30 }))).toEqual([])
  expect(invalidNames(summary({ lateMs: (i) => (i === 7 ? 60 : 0) }))).toEqual(['lateness-decides'])
})

test('lateness that leaves every request on its side of the SLO changes nothing', () => {
  const one = summary({ lateMs: () => 4, serviceMs: 80 })
  expect(one).toMatchObject({ validity: 'VALID', outcome: 'within-slo' })
  expect(one.frameLatency?.p50?.value).toBe(84)
  expect(one.withoutLateness?.frameLatency?.p50?.value).toBe(80)
  expect(one.withoutLateness?.sendLagP99Ms).toBe(0)
  expect(one.withoutLateness?.fps).toBe(one.fps)
})

test('the wait for an answer that makes room is no lateness, and is not taken away', () => {
  const one = summary({ lateMs: () => 1, serviceMs: 300, maxInFlight: 1 })
  expect(one.sendLagP99Ms).toBeGreaterThan(1000)
  expect(one.sendLagP99Ms! - one.withoutLateness!.sendLagP99Ms!).toBeCloseTo(1, 6)
  expect(one.outcome).toBe('overloaded')
  expect(one.withoutLateness?.outcome).toBe('overloaded')
})

test('without an SLO there may be no outcome, and percentiles are still known without lateness', () => {
  const one = summary({ lateMs: () => 2, serviceMs: 80 }, { ...point, slo: undefined })
  expect(one).toMatchObject({ validity: 'VALID', outcome: undefined })
  expect(one.withoutLateness?.frameLatency?.p50?.value).toBe(80)
  expect(invalidNames(summary({ lateMs: () => 5, serviceMs: 80 }, { ...point, slo: undefined }))).toEqual([
    'generator-late',
  ])
})

test('a closed load is decided once: its latencies begin when a request is sent', () => {
  const closed = { ...point, load: closedLoad(1) }
  const one = summary({ lateMs: () => 3, serviceMs: 99 }, closed)
  expect(one.requestLatency.p50?.value).toBe(99)
  expect(one).toMatchObject({ validity: 'VALID', withoutLateness: undefined })
  expect(invalidNames(summary({ lateMs: () => 5.1, serviceMs: 99 }, closed))).toEqual(['generator-late'])
})

test('where no request is late there is nothing to decide twice', () => {
  const one = summary({ lateMs: () => 0 })
  expect(one.withoutLateness).toBeUndefined()
  const { samples } = inputOf(point, { lateMs: () => 0 })
  const { byRowUs } = generatorLags(samples, { load: point.load, framesPerRequest: 1 })
  expect(samplesWithoutLateness(samples, byRowUs)).toBeUndefined()
  expect(withoutLateness([one])).toBeUndefined()
})

test('a request is sent and answered earlier by its own lag only, and the samples stay as they were', () => {
  const { samples } = inputOf(point, { requests: 2, lateMs: (i) => 1 + i })
  const before = samples.requests.sentUs.slice()
  const { byRowUs } = generatorLags(samples, { load: point.load, framesPerRequest: 1 })
  const punctual = samplesWithoutLateness(samples, byRowUs)!
  expect([...punctual.requests.sentUs]).toEqual([2_000_000, 2_200_000])
  expect([...punctual.frames.answeredUs]).toEqual([2_099_500, 2_299_500])
  expect(samples.requests.sentUs).toEqual(before)
})

test('a decision that comes out the same both ways is kept, and its figures are those measured', () => {
  const isOver = (ms: number) => ({ ms, over: ms > 100 })
  const both = (measured: number, without: number | undefined) =>
    decideTwice({ measured, without }, isOver, ({ over }) => over)
  expect(both(98, 95)).toMatchObject({ decision: { ms: 98 }, latenessDecides: false })
  expect(both(101, 99)).toMatchObject({
    decision: { over: true },
    withoutLateness: { over: false },
    latenessDecides: true,
  })
  expect(both(101, undefined)).toMatchObject({ withoutLateness: undefined, latenessDecides: false })
})

function exitCode(late: LateRequests, thresholds: string[]): number {
  const measured = inputOf({ ...point, slo: { latencyMs: 1000, percentile: 99 } }, late)
  const manifest = manifestOf([measured.point], [measured.record])
  manifest.scenario.thresholds = thresholds
  const input = measurementInput(manifest, measured.record, measured.samples)
  return analyseMeasurements('run', manifest, [input]).exitCode
}

test('bench ends with 4 if lateness decides a threshold, and as usual if it does not', () => {
  const late = { lateMs: () => 2, serviceMs: 80 }
  expect(exitCode(late, ['frameLatencyP50Ms < 83'])).toBe(0)
  expect(exitCode(late, ['frameLatencyP50Ms < 80'])).toBe(1)
  expect(exitCode(late, ['frameLatencyP50Ms < 81'])).toBe(4)
})
