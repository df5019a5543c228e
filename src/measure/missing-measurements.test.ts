import { expect, test } from 'vitest'
import type { Plan } from '../scenario/plan/plan.js'
import type { MeasurementRecord } from '../run/run-manifest.js'
import { missingMeasurements } from './missing-measurements.js'

const order = [
  { point: 2, repetition: 1, phaseSeed: 7 },
  { point: 1, repetition: 1, phaseSeed: 7 },
  { point: 1, repetition: 2, phaseSeed: 9 },
]
const plan: Plan = { points: [], order, impossible: [], merged: [], seed: 1, expectedS: 0 }

function record(point: number, repetition: number, complete: boolean): MeasurementRecord {
  return {
    point,
    repetition,
    complete,
    startedAt: '',
    sampleFile: '',
    windowStartUs: 0,
    windowEndUs: 1,
    notes: [],
  }
}

test('a run that measured nothing owes its whole plan', () => {
  expect(missingMeasurements(plan, [])).toEqual(order)
})

test('what is measured to the end is not owed, and the order of the rest stays', () => {
  expect(missingMeasurements(plan, [record(1, 1, true)])).toEqual([order[0], order[2]])
})

test('an interrupted measurement is owed again', () => {
  expect(missingMeasurements(plan, [record(2, 1, false), record(1, 1, true)])).toEqual([order[0], order[2]])
})
