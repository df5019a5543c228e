import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Batch } from './batch.js'
import { ModelWorkers } from './model-workers.js'

interface Ended {
  batch: Batch<Job>
  endMs: number
}

interface Job {
  id: number
  arrivedMs: number
}

const cases = fc.record({
  gaps: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 }),
  serverBatchSize: fc.integer({ min: 1, max: 6 }),
  delay: fc.integer({ min: -2, max: 60 }),
  workers: fc.integer({ min: 1, max: 4 }),
  services: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 5 }),
  capacity: fc.integer({ min: 1, max: 20 }),
})

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function run({ gaps, serverBatchSize, delay, workers, services, capacity }: Case) {
  const ended: Ended[] = []
  const refused: Job[] = []
  let started = 0
  const model = new ModelWorkers<Job>(
    {
      serverBatchSize,
      maxBatchDelayMs: delay,
      queueCapacity: capacity,
      responseTimeoutMs: Infinity,
      loadMs: 0,
    },
    {
      serviceMs: () => services[started++ % services.length]!,
      ended: (batch, endMs) => ended.push({ batch, endMs }),
    },
  )
  model.scaleTo(0, workers)
  let nowMs = 0
  const jobs = gaps.map((gap, id) => {
    nowMs += gap
    const job = { id, arrivedMs: nowMs }
    if (!model.arrive(nowMs, job)) refused.push(job)
    return job
  })
  while (model.nextMs < Infinity) model.advanceTo(model.nextMs)
  const batches = ended.toSorted((a, b) => a.batch.jobs[0]!.id - b.batch.jobs[0]!.id)
  return { jobs, refused, batches }
}

/** The simplest of 500 random servers and loads that forms a batch against the rule; undefined: none does. */
function counterexample(
  rule: (ended: Ended, place: number, all: Ended[], settings: Case) => boolean,
): Case | undefined {
  const property = fc.property(cases, (settings) => {
    const { batches } = run(settings)
    return batches.every((ended, place) => rule(ended, place, batches, settings))
  })
  return fc.check(property, { numRuns: 500 }).counterexample?.[0]
}

test('every job is answered exactly once or was refused, and batches take them in the order of arrival', () => {
  fc.assert(
    fc.property(cases, (settings) => {
      const { jobs, refused, batches } = run(settings)
      const taken = batches.flatMap(({ batch }) => batch.jobs.map((job) => job.id))
      const accepted = jobs.filter((job) => !refused.includes(job)).map((job) => job.id)
      expect(taken).toEqual(accepted)
    }),
    { numRuns: 500 },
  )
})

test('no batch is larger than serverBatchSize, nor than two without a delay', () => {
  const found = counterexample(
    ({ batch }, _place, _all, { serverBatchSize, delay }) =>
      batch.jobs.length <= (delay <= 0 ? Math.min(2, serverBatchSize) : serverBatchSize),
  )
  expect(found).toBeUndefined()
})

test('a full batch leaves with its last job, never later than one delay after its first pop', () => {
  const found = counterexample(
    ({ batch: { jobs, poppedMs, dispatchedMs } }, _place, _all, { serverBatchSize, delay }) => {
      if (jobs.length < serverBatchSize) return true
      const completeMs = Math.max(poppedMs, jobs.at(-1)!.arrivedMs)
      return dispatchedMs === completeMs && dispatchedMs - poppedMs <= Math.max(0, delay)
    },
  )
  expect(found).toBeUndefined()
})

test('a partial batch leaves exactly one delay after its first pop, with all that came until then', () => {
  const found = counterexample(
    ({ batch: { jobs, poppedMs, dispatchedMs } }, place, all, { serverBatchSize, delay }) => {
      if (jobs.length === serverBatchSize) return true
      const next = all[place + 1]?.batch.jobs[0]
      const cutAtTwo = delay <= 0 && jobs.length === 2
      const tookAll = cutAtTwo || next === undefined || next.arrivedMs >= dispatchedMs
      return dispatchedMs === poppedMs + Math.max(0, delay) && tookAll
    },
  )
  expect(found).toBeUndefined()
})

test('one worker at a time collects, and a worker has one batch in flight', () => {
  const found = counterexample(({ batch, endMs }, place, all) => {
    const next = all[place + 1]?.batch
    const nextOfWorker = all.slice(place + 1).find((other) => other.batch.worker === batch.worker)?.batch
    return (next?.poppedMs ?? Infinity) >= batch.dispatchedMs && (nextOfWorker?.poppedMs ?? Infinity) >= endMs
  })
  expect(found).toBeUndefined()
})

test('no job waits while a worker is idle and none collects', () => {
  const found = counterexample(({ batch }, place, all, { workers }) => {
    const waitedFromMs = Math.max(batch.jobs[0]!.arrivedMs, all[place - 1]?.batch.dispatchedMs ?? 0)
    const busyUntilPop = all.slice(0, place).filter(({ endMs }) => endMs >= batch.poppedMs)
    return batch.poppedMs === waitedFromMs || busyUntilPop.length >= workers
  })
  expect(found).toBeUndefined()
})
