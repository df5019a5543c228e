import { expect, test } from 'vitest'
import type { ModelDescription } from '../server/management/describe-model.js'
import { changedSettings, type ServerState, wasRestarted, workersReplaced } from './watch-measurement.js'

const description: ModelDescription = {
  modelName: 'm',
  modelVersion: '1.0',
  modelUrl: 'm.mar',
  minWorkers: 1,
  maxWorkers: 1,
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  responseTimeoutS: undefined,
  startupTimeoutS: undefined,
  workers: [{ id: '9000', status: 'READY', pid: 20, startTime: '2026-11-24T07:00:00.000Z' }],
}
const asked = { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 }
const state = (changes: Partial<ModelDescription> = {}, processIds = [10, 20]): ServerState => ({
  description: { ...description, ...changes },
  processIds,
})
const worker = (pid: number, startTime = description.workers[0]!.startTime!) => [
  { id: '9000', status: 'READY', pid, startTime },
]

test.each<[Partial<ModelDescription>, string]>([
  [{ serverBatchSize: 8 }, 'batch size 8 instead of 4'],
  [{ maxBatchDelayMs: 100 }, 'max batch delay 100 instead of 50'],
  [{ minWorkers: 3 }, 'workers 3 instead of 1'],
  [{ modelVersion: '2.0' }, 'model version 2.0 instead of 1.0'],
  [{ modelUrl: 'n.mar' }, 'archive n.mar instead of m.mar'],
])('a setting that changed during the measurement is reported: %j', (changes, words) => {
  expect(changedSettings(asked, description, { ...description, ...changes })).toEqual([words])
})

test('unchanged settings are nothing, and settings that could not be read are not reported as unchanged', () => {
  expect(changedSettings(asked, description, description)).toEqual([])
  expect(changedSettings(asked, undefined, description)).toBeUndefined()
  expect(changedSettings(asked, description, undefined)).toBeUndefined()
})

test('the delay of a batch of one says nothing', () => {
  const single = { ...description, serverBatchSize: 1 }
  expect(
    changedSettings({ serverBatchSize: 1, workers: 1 }, single, { ...single, maxBatchDelayMs: 9 }),
  ).toEqual([])
})

test('the same server with the same workers was not restarted', () => {
  expect(wasRestarted(state(), state())).toBe(false)
  expect(workersReplaced(state(), state())).toBe(0)
})

test('a server whose own process is gone, or whose workers were replaced, was restarted', () => {
  expect(wasRestarted(state(), state({}, [11, 20]))).toBe(true)
  expect(wasRestarted(state(), { processIds: [] })).toBe(true)
  expect(wasRestarted(state(), state({ workers: worker(21, '2026-11-24T07:01:00.000Z') }, [10, 21]))).toBe(
    true,
  )
})

test('a worker that crashed and was restarted by its server is no restart of the server', () => {
  const after = state({ workers: worker(21) }, [10, 21])
  expect(wasRestarted(state(), after)).toBe(false)
  expect(workersReplaced(state(), after)).toBe(1)
})

test('without processes and description nothing is observed', () => {
  expect(wasRestarted({ processIds: [] }, { processIds: [] })).toBeUndefined()
  expect(workersReplaced({ processIds: [] }, state())).toBeUndefined()
})
