import { expect, test } from 'vitest'
import type { Batch } from './batch.js'
import { ModelWorkers } from './model-workers.js'

interface Formed {
  jobs: number[]
  popped: number
  dispatched: number
  answered: number
}

interface Case {
  serverBatchSize: number
  delay: number
  workers: number
  service: number
  queueCapacity?: number
}

/** Runs jobs that arrive at the given times (a job is its arrival time) until nothing is left to happen. */
function batchesOf(
  arrivals: number[],
  { serverBatchSize, delay, workers, service, queueCapacity = 100 }: Case,
): Formed[] {
  const formed: Formed[] = []
  const model = new ModelWorkers<number>(
    { serverBatchSize, maxBatchDelayMs: delay, queueCapacity, responseTimeoutMs: Infinity, loadMs: 0 },
    {
      serviceMs: () => service,
      ended: (batch: Batch<number>, answered) =>
        formed.push({ jobs: batch.jobs, popped: batch.poppedMs, dispatched: batch.dispatchedMs, answered }),
    },
  )
  model.scaleTo(-1, workers)
  for (const arrival of arrivals) model.arrive(arrival, arrival)
  while (model.nextMs < Infinity) model.advanceTo(model.nextMs)
  return formed.toSorted((a, b) => a.dispatched - b.dispatched)
}

const arrivals = [0, 10, 20, 200]
const worked = { serverBatchSize: 4, delay: 50 }

test.each([
  {
    name: 'a service of 30 ms',
    setting: { ...worked, workers: 1, service: 30 },
    expected: [
      { jobs: [0, 10, 20], popped: 0, dispatched: 50, answered: 80 },
      { jobs: [200], popped: 200, dispatched: 250, answered: 280 },
    ],
  },
  {
    name: 'a service of 300 ms: the late job waits for the worker and then a whole delay again',
    setting: { ...worked, workers: 1, service: 300 },
    expected: [
      { jobs: [0, 10, 20], popped: 0, dispatched: 50, answered: 350 },
      { jobs: [200], popped: 350, dispatched: 400, answered: 700 },
    ],
  },
  {
    name: 'two workers of 300 ms: the second takes the lock as soon as the first has gone to work',
    setting: { ...worked, workers: 2, service: 300 },
    expected: [
      { jobs: [0, 10, 20], popped: 0, dispatched: 50, answered: 350 },
      { jobs: [200], popped: 200, dispatched: 250, answered: 550 },
    ],
  },
])('batches arrivals at 0, 10, 20 and 200 ms as TorchServe does, with $name', ({ setting, expected }) => {
  expect(batchesOf(arrivals, setting)).toEqual(expected)
})

test('six at once: a full batch leaves at once, the rest after the service and a whole delay', () => {
  expect(batchesOf([0, 0, 0, 0, 0, 0], { ...worked, workers: 1, service: 30 })).toMatchObject([
    { jobs: [0, 0, 0, 0], dispatched: 0 },
    { jobs: [0, 0], popped: 30, dispatched: 80 },
  ])
})

test.each([0, -10_000])(
  'with a delay of %i ms a batch has at most two jobs, even from a full queue',
  (delay) => {
    const formed = batchesOf([0, 1, 1, 1, 1, 1], { serverBatchSize: 8, delay, workers: 1, service: 10 })
    expect(formed.map(({ jobs, dispatched }) => [jobs.length, dispatched])).toEqual([
      [1, 0],
      [2, 10],
      [2, 20],
      [1, 30],
    ])
  },
)

test('a batch of one never waits', () => {
  const formed = batchesOf([0, 1], { serverBatchSize: 1, delay: 5000, workers: 1, service: 10 })
  expect(formed.map(({ dispatched }) => dispatched)).toEqual([0, 10])
})

test('a lone request waits the whole delay, however many workers are idle', () => {
  expect(batchesOf([7], { ...worked, workers: 8, service: 10 })).toEqual([
    { jobs: [7], popped: 7, dispatched: 57, answered: 67 },
  ])
})

test('a job at the very end of the delay still joins', () => {
  expect(batchesOf([0, 50, 51], { ...worked, workers: 1, service: 1 })).toMatchObject([
    { jobs: [0, 50], dispatched: 50 },
    { jobs: [51], popped: 51 },
  ])
})
