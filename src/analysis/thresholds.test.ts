import { expect, test } from 'vitest'
import { parseThreshold } from '../scenario/grammar/threshold.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { frameCounts, pointSummary } from './summaries.test.support.js'
import { evaluateThresholds } from './thresholds.js'

const spread = (median: number) => ({ median, min: median, max: median, repetitions: 3 })
const exactly = (value: number) => ({ value, low: value, high: value })
const latency = (p99Ms?: number) => ({
  samples: 1000,
  independent: 1000,
  ...(p99Ms !== undefined && { p99: exactly(p99Ms) }),
})

const closed = pointSummary(pointOf(1, 'server', 4, closedLoad(8)), {
  fps: spread(37),
  requestLatency: latency(300),
})
const cameras = pointSummary(pointOf(2, 'client', 4, cameraLoad(4)), {
  fps: spread(20),
  requestLatency: latency(),
  frameLatency: latency(700),
  counts: frameCounts(1000, 20),
})

function results(text: string) {
  return evaluateThresholds([parseThreshold(text)], [closed, cameras])
}

function verdicts(text: string): [number | undefined, string][] {
  return results(text).map(({ point, verdict }) => [point?.id, verdict])
}

test('a threshold is held against each point', () => {
  expect(verdicts('fps >= 30')).toEqual([
    [1, 'PASS'],
    [2, 'FAIL'],
  ])
  expect(verdicts('errorRate < 0.1%')).toEqual([
    [1, 'PASS'],
    [2, 'FAIL'],
  ])
})

test('selectors pick the points that are meant', () => {
  expect(verdicts('fps >= 30 where mode=server')).toEqual([[1, 'PASS']])
  expect(verdicts('fps >= 10 where batchSize=4, load=cameras')).toEqual([[2, 'PASS']])
  expect(verdicts('fps >= 10 where cameras=4, phases=random')).toEqual([[2, 'PASS']])
})

test('frame latency thresholds apply to camera points only', () => {
  expect(verdicts('frameLatencyP99Ms < 1000')).toEqual([[2, 'PASS']])
})

test('what cannot be answered fails: too few samples, no such point, no point where the figure exists', () => {
  expect(results('requestLatencyP99Ms < 1000')[1]).toMatchObject({
    verdict: 'FAIL',
    reason: 'too-few-samples',
  })
  expect(results('fps >= 1 where batchSize=16')).toMatchObject([{ verdict: 'FAIL', reason: 'no-such-point' }])
  expect(results('frameLatencyP99Ms < 1000 where load=closed')).toMatchObject([
    { verdict: 'FAIL', reason: 'needs-camera-load' },
  ])
})

test('the four comparisons hold and fail exactly at the limit', () => {
  const at = ['<', '<=', '>', '>='].map((operator) => verdicts(`fps ${operator} 37 where point=1`)[0]![1])
  expect(at).toEqual(['FAIL', 'PASS', 'FAIL', 'PASS'])
})

test('a threshold whose verdict depends on lateness is INVALID, with both values', () => {
  const late = { ...cameras, withoutLateness: { frameLatency: latency(690) } }
  const verdictAt = (limitMs: number) =>
    evaluateThresholds([parseThreshold(`frameLatencyP99Ms < ${limitMs}`)], [late])[0]
  expect(verdictAt(695)).toMatchObject({
    verdict: 'INVALID',
    reason: 'lateness-decides',
    value: 700,
    valueWithoutLateness: 690,
  })
  expect([verdictAt(701), verdictAt(690)].map((result) => result?.verdict)).toEqual(['PASS', 'FAIL'])
})

test('a threshold on a point that was left out fails there, and is judged at the others', () => {
  const refused = [{ ...cameras.point, id: 9 }]
  const [one, other] = evaluateThresholds([parseThreshold('fps >= 0')], [closed], refused)
  expect([one?.verdict, other?.verdict, other?.reason]).toEqual(['PASS', 'FAIL', 'left-out'])
  expect(evaluateThresholds([parseThreshold('frameLatencyP50Ms < 9')], [], [closed.point])).toMatchObject([
    { reason: 'no-such-point' },
  ])
})
