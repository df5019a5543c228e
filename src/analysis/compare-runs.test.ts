import { analyseMeasurements } from './analyse-simulated.test.support.js'
import { expect, test } from 'vitest'
import type { Point } from '../scenario/plan/plan.js'
import type { RunManifest } from '../run/manifest.js'
import type { RunAnalysis } from './analyse-run.js'
import { measurementInput } from '../run/read-measurement.js'
import { compareMetric, pairPoints, settingsThatDiffer } from './compare-runs.js'
import { closedLoad, manifestOf, pointOf, simulateMeasurement } from './simulated-run.test.support.js'

async function run(
  points: Point[],
  slower = 1,
  change: (manifest: RunManifest) => void = () => undefined,
): Promise<RunAnalysis> {
  const measured = points.map((point) => simulateMeasurement(point))
  for (const { samples } of measured)
    for (let row = 0; row < samples.requests.count; row++) samples.requests.answeredUs[row]! *= slower
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  change(manifest)
  return analyseMeasurements(
    'run',
    manifest,
    measured.map(({ record, samples }) => measurementInput(manifest, record, samples)),
  )
}

const points = [pointOf(1, 'server', 4, closedLoad(16)), pointOf(2, 'client', 4, closedLoad(16))]

test('runs with the same settings differ in nothing', async () => {
  expect(settingsThatDiffer(await run(points), await run(points))).toEqual([])
})

test('each setting that differs is named with both values', async () => {
  const other = points.map((point) => ({ ...point, measure: { ...point.measure, durationS: 12 } }))
  const b = await run(other, 1, (manifest) => {
    manifest.environment['node'] = 'v22.1.0'
    for (const record of manifest.measurements) delete record.model
  })
  expect(settingsThatDiffer(await run(points), b)).toEqual([
    { name: 'model.name', a: 'resnet-18', b: undefined },
    { name: 'model.weights', a: 'seeded', b: undefined },
    { name: 'measure.durationS', a: '10', b: '12' },
    { name: 'environment.node', a: 'v20.20.2', b: 'v22.1.0' },
  ])
})

test('points are paired by batching and load, whatever their numbers', async () => {
  const a = await run(points)
  const b = await run([pointOf(1, 'client', 4, closedLoad(16)), pointOf(2, 'client', 8, closedLoad(16))])
  const { pairs, onlyA, onlyB } = pairPoints(a, b)
  expect(pairs.map((pair) => [pair.a.point.id, pair.b.point.id])).toEqual([[2, 1]])
  expect(onlyA.map(({ point }) => point.id)).toEqual([1])
  expect(onlyB.map(({ point }) => point.id)).toEqual([2])
})

test('a slower run shows in both figures, beyond their ranges', async () => {
  const { pairs } = pairPoints(await run(points), await run(points, 1.2))
  for (const pair of pairs) {
    expect(compareMetric(pair, 'fps')!.ratio).toBeCloseTo(1 / 1.2, 1)
    expect(compareMetric(pair, 'fps')!.significant).toBe(true)
    expect(compareMetric(pair, 'requestLatencyP50Ms')!.ratio).toBeGreaterThan(1.1)
  }
})
