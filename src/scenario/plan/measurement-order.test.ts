import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderMeasurements } from './plan-scenario.js'
import { phaseSeed, restartKey, type Point } from './plan.js'

interface Given {
  repetitions: number
  source: string
  cameras: number
}

const anyPoints = fc
  .array(
    fc.record({
      repetitions: fc.integer({ min: 1, max: 4 }),
      source: fc.constantFrom('a', 'b'),
      cameras: fc.nat(9),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((given) => given.map((settings, index) => point(index + 1, settings)))

function point(id: number, { repetitions, source, cameras }: Given): Point {
  return {
    id,
    video: { source, width: 640, height: 480, quality: 3 },
    server: { kind: 'torchserve', workers: 1 },
    model: { name: 'm', weights: 'seeded', request: { field: 'f', json: 'object' }, answer: { list: '' } },
    batching: { mode: 'server', framesPerRequest: 1, serverBatchSize: 1, batchSize: 1, encoding: 'raw' },
    load: {
      kind: 'cameras',
      cameras,
      fps: 5,
      phases: 'random',
      maxInFlightPerCamera: 8,
      queue: { policy: 'queue', depth: 1000 },
      camerasPerClient: 1,
    },
    measure: { warmupMaxS: 1, durationS: 1, repetitions, deadlineMs: 1000 },
  }
}

test('every repetition of every point is measured exactly once', () => {
  fc.assert(
    fc.property(anyPoints, fc.nat(), (points, seed) => {
      const expected = points.flatMap(({ id, measure }) =>
        Array.from({ length: measure.repetitions }, (_, index) => `${id}.${index + 1}`),
      )
      const measured = orderMeasurements(points, seed).map(
        (planned) => `${planned.point}.${planned.repetition}`,
      )
      expect(measured.toSorted()).toEqual(expected.toSorted())
    }),
  )
})

test('points that share server, model and video stay together, a repetition after the other', () => {
  fc.assert(
    fc.property(anyPoints, fc.nat(), (points, seed) => {
      const steps = orderMeasurements(points, seed).map(({ point: id, repetition }) => ({
        key: restartKey(points[id - 1]!),
        repetition,
      }))
      const changes = steps.filter(({ key }, index) => key !== steps[index - 1]?.key)
      expect(changes).toHaveLength(new Set(points.map(restartKey)).size)
      const backward = steps.filter((step, index) => {
        const before = steps[index - 1]
        return before?.key === step.key && step.repetition < before.repetition
      })
      expect(backward).toEqual([])
    }),
  )
})

test('the same seed gives the same order; another seed or repetition gives another order', () => {
  const points = Array.from({ length: 12 }, (_, index) =>
    point(index + 1, { repetitions: 2, source: 'a', cameras: 2 }),
  )
  const order = orderMeasurements(points, 1)
  expect(orderMeasurements(points, 1)).toEqual(order)
  expect(orderMeasurements(points, 2)).not.toEqual(order)
  const ofRepetition = (wanted: number) =>
    order.filter(({ repetition }) => repetition === wanted).map((planned) => planned.point)
  expect(ofRepetition(1)).not.toEqual(ofRepetition(2))
})

test('all points with the same number of cameras have the same phases in a repetition', () => {
  const points = [1, 2, 3].map((id) => point(id, { repetitions: 2, source: 'a', cameras: id === 3 ? 4 : 2 }))
  for (const planned of orderMeasurements(points, 7)) {
    expect(planned.phaseSeed).toBe(phaseSeed(7, planned.point === 3 ? 4 : 2, planned.repetition))
  }
  expect(phaseSeed(7, 2, 1)).not.toBe(phaseSeed(7, 2, 2))
  expect(phaseSeed(7, 2, 1)).not.toBe(phaseSeed(7, 4, 1))
  expect(phaseSeed(7, 2, 1)).not.toBe(phaseSeed(8, 2, 1))
})

test('a sweep of workers starts no server again', () => {
  const one = point(1, { repetitions: 1, source: 'a', cameras: 2 })
  expect(restartKey({ ...one, server: { kind: 'torchserve', workers: 2 } })).toBe(restartKey(one))
  expect(restartKey({ ...one, server: { kind: 'torchserve', workers: 1, handler: '/h.py' } })).not.toBe(
    restartKey(one),
  )
})
