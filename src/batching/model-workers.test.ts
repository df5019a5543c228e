import { expect, test } from 'vitest'
import type { Batch } from './batch.js'
import {
  ModelWorkers,
  type BatchEnd,
  type ModelBehaviour,
  type ModelWorkersSettings,
} from './model-workers.js'

const settings: ModelWorkersSettings = {
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  queueCapacity: 100,
  responseTimeoutMs: 120_000,
  loadMs: 200,
}

type Ended = [jobs: string, endMs: number, end: BatchEnd]

/** A model with loaded workers at time 0 and the list of what ended. */
function start(
  changes: Partial<ModelWorkersSettings> = {},
  behaviour: Partial<ModelBehaviour<string>> = {},
  workers = 1,
) {
  const ended: Ended[] = []
  const model = new ModelWorkers<string>(
    { ...settings, ...changes },
    {
      serviceMs: () => 100,
      ended: (batch: Batch<string>, endMs, end) => ended.push([batch.jobs.join(''), endMs, end]),
      ...behaviour,
    },
  )
  model.scaleTo(-settings.loadMs, workers)
  model.advanceTo(0)
  return { model, ended }
}

test('without a worker every job is refused, and a loading worker counts as one', () => {
  const { model, ended } = start({}, {}, 0)
  expect(model.arrive(0, 'a')).toBe(false)
  model.scaleTo(1, 1)
  expect(model.isReady(0)).toBe(false)
  expect(model.arrive(2, 'b')).toBe(true)
  model.advanceTo(1000)
  expect(ended).toEqual([['b', 351, 'answered']])
})

test('a full queue refuses; what is being collected and executed does not count', () => {
  const { model } = start({ serverBatchSize: 2, queueCapacity: 3 })
  const accepted = ['a', 'b', 'c', 'd', 'e', 'f'].map((job) => model.arrive(0, job))
  expect(accepted).toEqual([true, true, true, true, true, false])
})

test('a worker that dies fails its whole batch, restarts after a second and serves what waited', () => {
  const { model, ended } = start({ serverBatchSize: 2 }, {})
  model.arrive(0, 'a')
  model.arrive(0, 'b')
  model.arrive(10, 'c')
  model.kill(30, 0)
  expect(ended).toEqual([['ab', 30, 'worker-died']])
  expect(model.isReady(0)).toBe(false)
  expect(model.failingSinceMs(0)).toBe(30)
  model.advanceTo(5000)
  expect(ended.slice(1)).toEqual([['c', 30 + 1000 + 200 + 50 + 100, 'answered']])
  expect(model.failingSinceMs(0)).toBeUndefined()
})

test('a model can kill its worker in the middle of a batch', () => {
  const { model, ended } = start({ serverBatchSize: 1 }, { workerDies: (batch) => batch.jobs.includes('a') })
  model.arrive(0, 'a')
  model.arrive(0, 'b')
  model.advanceTo(5000)
  expect(ended).toEqual([
    ['a', 100, 'worker-died'],
    ['b', 1400, 'answered'],
  ])
})

test('a batch that exceeds the response timeout fails, and its worker is killed', () => {
  const { model, ended } = start(
    { serverBatchSize: 1, responseTimeoutMs: 3000 },
    { serviceMs: () => Infinity },
  )
  model.arrive(0, 'a')
  model.advanceTo(3000)
  expect(ended).toEqual([['a', 3000, 'timed-out']])
  expect(model.isReady(0)).toBe(false)
})

test('a worker that cannot load tries again after 1, 1, 2, 3, 5 … seconds, and starts afresh once it loaded', () => {
  let failures = 4
  const { model } = start({ loadMs: 0 }, { loadFails: () => failures-- > 0 }, 0)
  model.scaleTo(0, 1)
  const tries: number[] = []
  while (model.nextMs < Infinity) {
    tries.push(model.nextMs)
    model.advanceTo(model.nextMs)
  }
  expect(tries).toEqual([1000, 2000, 4000, 7000])
  model.kill(8000, 0)
  expect(model.nextMs).toBe(9000)
})

test('jobs that a dying worker was collecting are lost, and the next idle worker collects', () => {
  const { model, ended } = start({}, {}, 2)
  model.arrive(0, 'a')
  model.kill(10, 0)
  model.arrive(20, 'b')
  model.advanceTo(5000)
  expect(ended).toEqual([['b', 170, 'answered']])
})

test('jobs in flight on a worker that is scaled away wait again, first of all', () => {
  const { model, ended } = start({ serverBatchSize: 2 })
  for (const job of ['a', 'b', 'c']) model.arrive(0, job)
  model.scaleTo(50, 0)
  expect(model.arrive(60, 'd')).toBe(false)
  model.scaleTo(1000, 1)
  model.advanceTo(5000)
  expect(ended).toEqual([
    ['ab', 1300, 'answered'],
    ['c', 1450, 'answered'],
  ])
})

test("a busy worker's next batch is popped at the exact end of its last, however late the caller looks", () => {
  const { model, ended } = start({ serverBatchSize: 1 })
  for (const job of ['a', 'b', 'c']) model.arrive(0, job)
  model.advanceTo(777)
  expect(ended.map(([, endMs]) => endMs)).toEqual([100, 200, 300])
})

test('an event first does what was due before it', () => {
  const { model, ended } = start()
  model.arrive(0, 'a')
  model.arrive(60, 'b')
  model.advanceTo(5000)
  expect(ended).toEqual([
    ['a', 150, 'answered'],
    ['b', 300, 'answered'],
  ])
})
