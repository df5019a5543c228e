import type { Plan, PlannedMeasurement } from '../scenario/plan/plan.js'
import type { MeasurementRecord } from '../run/run-manifest.js'

/** What a run still owes: its plan, in the planned order, less what was measured to the end. */
export function missingMeasurements(
  plan: Plan,
  measured: readonly MeasurementRecord[],
): PlannedMeasurement[] {
  const complete = new Set(
    measured.filter((record) => record.complete).map(({ point, repetition }) => `${point}/${repetition}`),
  )
  return plan.order.filter(({ point, repetition }) => !complete.has(`${point}/${repetition}`))
}
