import { analyseMeasurements } from '../analysis/analyse-simulated.test.support.js'
import { expect, test } from 'vitest'
import { measurementInput } from '../run/read-measurement.js'
import {
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../analysis/simulated-run.test.support.js'
import { pointsColumns } from './csv/points-columns.js'
import { summaryJson } from './summary-json.js'

test('carries run, exit code, verdict and the columns of points.csv, absent where a cell is empty', async () => {
  const point = pointOf(1, 'server', 4, closedLoad(16))
  const { record, samples, batches } = simulateMeasurement(point)
  const manifest = manifestOf([point], [record])
  const analysis = analyseMeasurements('the-run', manifest, [
    measurementInput(manifest, record, samples, { batches }),
  ])
  const json = summaryJson(analysis)
  expect(Object.keys(json)).toEqual([
    'run',
    'exitCode',
    'verdict',
    'thresholds',
    'points',
    'leftOut',
    'failures',
  ])
  expect(json).toMatchObject({ run: 'the-run', exitCode: 0, verdict: { answer: 'undecided' } })
  const [row] = json.points
  const names = new Set(pointsColumns.map(({ name }) => name))
  for (const name of Object.keys(row!)) expect(names).toContain(name)
  expect(row).toMatchObject({ point: 1, mode: 'server', validity: 'VALID', batchSize: 4 })
  expect(row).not.toHaveProperty('frameLatencyP50Ms')
  expect(JSON.parse(JSON.stringify(json))).toEqual(json)
})
