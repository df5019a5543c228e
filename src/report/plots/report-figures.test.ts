import { expect, test } from 'vitest'
import { analyseSimulated } from '../../analysis/analyse-simulated.test.support.js'
import { cameraLoad, closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import type { Point } from '../../scenario/plan/plan.js'
import { isDrawn } from './figure.js'
import { figureGroups } from './report-figures.js'

async function figuresOf(points: Point[]) {
  const analysis = await analyseSimulated(points, 1)
  return new Map(
    figureGroups(analysis)
      .flatMap(({ figures }) => figures)
      .map((figure) => [figure.id, isDrawn(figure) ? 'drawn' : figure.reason]),
  )
}

test('a plot with a single place on its axis is absent, with what the run would need', async () => {
  const figures = await figuresOf([
    pointOf(1, 'server', 4, closedLoad(16)),
    pointOf(2, 'client', 4, closedLoad(16)),
    pointOf(3, 'server', 4, cameraLoad(6)),
    pointOf(4, 'client', 4, cameraLoad(6)),
  ])
  for (const id of ['fps-by-batch-size', 'frame-latency-by-batch-size', 'request-latency-by-batch-size'])
    expect(figures.get(id)).toBe('Requires at least two batch sizes: sweep `batching.batchSize`.')
  expect(figures.get('frame-latency-by-cameras')).toContain('sweep `load.cameras`')
  expect(figures.get('batch-formed')).toContain('Requires at least two loads')
})

test('with two batch sizes and two numbers of cameras the same plots are drawn', async () => {
  const figures = await figuresOf([
    pointOf(1, 'server', 1, closedLoad(16)),
    pointOf(2, 'server', 4, closedLoad(16)),
    pointOf(3, 'server', 4, cameraLoad(4)),
    pointOf(4, 'server', 4, cameraLoad(6)),
  ])
  for (const id of ['fps-by-batch-size', 'request-latency-by-batch-size', 'frame-latency-by-cameras'])
    expect(figures.get(id)).toBe('drawn')
})

test('one point has no frontier', async () => {
  const slo = { latencyMs: 1000, percentile: 99 }
  const figures = await figuresOf([pointOf(1, 'server', 4, closedLoad(16), { slo })])
  expect(figures.get('goodput-frontier')).toContain('one point has no frontier')
})
