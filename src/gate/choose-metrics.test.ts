import { expect, test } from 'vitest'
import type { LoadSettings } from '../scenario/plan/plan.js'
import { defaultMetrics, parseMetrics } from './choose-metrics.js'

const closed: LoadSettings = { kind: 'closed', framesInFlight: 8 }
const cameras: LoadSettings = {
  kind: 'cameras',
  cameras: 4,
  fps: 5,
  phases: 'random',
  maxInFlightPerCamera: 2,
  queue: { policy: 'queue', depth: 10 },
  camerasPerClient: 1,
}
const slo = { latencyMs: 1000, percentile: 99 }
const names = (metrics: { name: string }[]) => metrics.map(({ name }) => name)

test('closed load is gated on request latency, cameras on frame latency', () => {
  expect(names(defaultMetrics(closed, undefined))).toEqual([
    'fps',
    'requestLatencyP50Ms',
    'requestLatencyP99Ms',
    'errorRate',
  ])
  expect(names(defaultMetrics(cameras, slo))).toEqual([
    'fps',
    'goodputFps',
    'frameLatencyP50Ms',
    'frameLatencyP99Ms',
    'errorRate',
  ])
})

test('a floor of its own goes with the metric', () => {
  expect(parseMetrics('fps:5%, requestLatencyP99Ms').map(({ name, floor }) => [name, floor])).toEqual([
    ['fps', 0.05],
    ['requestLatencyP99Ms', 0.1],
  ])
})

test.each([
  ['fp', 'there is no metric "fp" for a gate'],
  ['fps,fps', 'a metric is given twice'],
  ['fps:5', 'the smallest change that counts is not a percentage'],
  ['fps:0%', 'the smallest change that counts is not a percentage'],
  [
    'fps,goodputFps,requestLatencyP50Ms,requestLatencyP99Ms,frameLatencyP50Ms',
    'more than 4 metrics are given',
  ],
])('--metrics %s is refused', (text, message) => {
  expect(() => parseMetrics(text)).toThrow(message)
})
