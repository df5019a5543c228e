import { expect, test } from 'vitest'
import type { LoadSettings } from '../scenario/plan/plan.js'
import { defaultMetrics, metricsThatFit, parseMetrics } from './choose-metrics.js'

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

test('a default percentile that a window cannot hold is left out, with the window that it needs', () => {
  const { metrics, notes } = metricsThatFit(defaultMetrics(closed, undefined), {
    requestRate: 60,
    durationS: 2,
    chosen: false,
  })
  expect(names(metrics)).toEqual(['fps', 'requestLatencyP50Ms', 'errorRate'])
  // 1.15 × 368 requests at 60 requests per second.
  expect(notes).toEqual([
    'requestLatencyP99Ms is not gated: it needs 368 requests, and a window of 2 s has about 120. ' +
      'To gate it, use --set measure.durationS=8.',
  ])
})

test('with the window that the note names, the percentile is gated', () => {
  const metrics = defaultMetrics(closed, undefined)
  const fitting = metricsThatFit(metrics, { requestRate: 60, durationS: 8, chosen: false })
  expect(fitting).toEqual({ metrics, notes: [] })
})

test('a chosen percentile that a window cannot hold is refused before the first pair', () => {
  const metrics = parseMetrics('fps,requestLatencyP99Ms')
  expect(() => metricsThatFit(metrics, { requestRate: 60, durationS: 2, chosen: true })).toThrow(
    'requestLatencyP99Ms needs a longer window',
  )
  // An estimate a little below what is needed may be wrong.
  expect(metricsThatFit(metrics, { requestRate: 60, durationS: 6, chosen: true }).metrics).toEqual(metrics)
})

test('a window with few requests is said, with the window that has enough', () => {
  const { notes } = metricsThatFit(parseMetrics('fps,requestLatencyP50Ms'), {
    requestRate: 4,
    durationS: 2,
    chosen: false,
  })
  expect(notes).toEqual([
    'A window of 2 s has about 8 requests, so FPS and p50 vary by chance and the gate needs more pairs. ' +
      'For 40 requests, use --set measure.durationS=10.',
  ])
})
