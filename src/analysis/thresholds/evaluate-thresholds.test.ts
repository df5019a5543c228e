import { expect, test } from 'vitest'
import type { PointFigures } from './evaluate-thresholds.js'
import { evaluateThresholds } from './evaluate-thresholds.js'
import { parseThreshold } from '../../scenario/grammar/parse-threshold.js'

const closed: PointFigures = {
  point: 1,
  label: 'server batching, closed',
  load: 'closed',
  settings: { point: 1, mode: 'server', batchSize: 4, load: 'closed' },
  values: { fps: 37, requestLatencyP99Ms: 300, errorRate: 0 },
}
const cameras: PointFigures = {
  point: 2,
  label: 'client batching, 4 cameras',
  load: 'cameras',
  settings: { point: 2, mode: 'client', batchSize: 4, load: 'cameras', cameras: 4 },
  values: { fps: 20, frameLatencyP99Ms: 700, errorRate: 0.02 },
}

function results(text: string) {
  return evaluateThresholds([parseThreshold(text)], [closed, cameras])
}

function verdicts(text: string): [number | undefined, string][] {
  return results(text).map(({ point, verdict }) => [point, verdict])
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
})

test('frame latency is asked of camera points only', () => {
  expect(verdicts('frameLatencyP99Ms < 1000')).toEqual([[2, 'PASS']])
})

test('what cannot be answered fails: too few samples, no such point, no point where the figure exists', () => {
  expect(results('requestLatencyP99Ms < 1000')[1]).toMatchObject({
    verdict: 'FAIL',
    reason: 'too few samples to know it',
  })
  expect(results('fps >= 1 where batchSize=16')).toMatchObject([{ verdict: 'FAIL', reason: /no point/ }])
  expect(results('frameLatencyP99Ms < 1000 where load=closed')).toMatchObject([{ verdict: 'FAIL' }])
})

test('the four comparisons hold and fail exactly at the limit', () => {
  const at = ['<', '<=', '>', '>='].map((operator) => verdicts(`fps ${operator} 37 where point=1`)[0]![1])
  expect(at).toEqual(['FAIL', 'PASS', 'FAIL', 'PASS'])
})
