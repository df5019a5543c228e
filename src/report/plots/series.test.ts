import { expect, test } from 'vitest'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import { summarisePoint, type PointSummary } from '../../analysis/point-summary.js'
import { closedLoad, pointOf, simulateMeasurement } from '../../analysis/simulated-run.test.support.js'
import { groupIntoSeries } from './series.js'

function point(...settings: Parameters<typeof pointOf>): PointSummary {
  const planned = pointOf(...settings)
  const measurement = summariseMeasurement({
    point: planned,
    ...simulateMeasurement(planned),
    answerTolerance: 1e-4,
  })
  return summarisePoint(planned, [measurement])!
}

const load = closedLoad(8)

test('a batch of one begins the curve of each mode', () => {
  const series = groupIntoSeries([
    point(1, 'server', 1, load),
    point(2, 'server', 4, load),
    point(3, 'client', 4, load),
    point(4, 'hybrid', 4, load),
  ])
  expect(series.map(({ mode, points }) => [mode, points.map(({ point }) => point.id)])).toEqual([
    ['server', [1, 2]],
    ['client', [1, 3]],
    ['hybrid', [4]],
  ])
})

test('encodings of a mode are curves of their own, distinguished by their variant', () => {
  const base64 = pointOf(2, 'client', 4, load)
  const multipart = point(3, 'client', 4, load, { batching: { ...base64.batching, encoding: 'multipart' } })
  const series = groupIntoSeries([point(1, 'server', 1, load), point(2, 'client', 4, load), multipart])
  expect(series.map(({ name, variant }) => [name, variant])).toEqual([
    ['client batching, base64', 0],
    ['client batching, multipart', 1],
  ])
})

test('a run without any batching is one curve', () => {
  expect(groupIntoSeries([point(1, 'server', 1, load)]).map(({ name }) => name)).toEqual(['no batching'])
  expect(groupIntoSeries([])).toEqual([])
})
