import { expect, test } from 'vitest'
import type { Plan, Point } from '../../scenario/plan/plan.js'
import type { MeasurementRecord } from '../../run/run-manifest.js'
import { followRun } from './run-progress.js'

const point = {
  batching: { mode: 'server', batchSize: 1, framesPerRequest: 1, serverBatchSize: 1, encoding: 'raw' },
  load: { kind: 'closed', framesInFlight: 8 },
} as Point
const planned = { point: 1, repetition: 1, phaseSeed: 1 }

test('the time left is right whenever measurements last as long as planned', () => {
  const plan: Plan = {
    points: [point],
    order: Array.from({ length: 4 }, () => planned),
    impossible: [],
    merged: [],
    seed: 1,
    expectedS: 40,
  }
  let now = 0
  const left: number[] = []
  const observer = followRun(
    plan,
    4,
    () => now,
    (progress, event) => {
      if (event === 'end') left.push(progress.timeLeftMs)
    },
  )
  for (let each = 0; each < 4; each++) {
    observer.measurementStarts(planned, point)
    now += 10_000
    observer.measurementEnds({} as MeasurementRecord)
  }
  expect(left).toEqual([30_000, 20_000, 10_000, 0])
})
