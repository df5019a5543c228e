import stableStringify from 'safe-stable-stringify'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import { measureComplete } from '../../measure/measure-complete.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import type { LoadSettings, PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import type { PhasedMeasurement } from '../simulator/fit-server.js'

/** A measurement with its samples, and its figures. */
export interface MeasuredPoint {
  input: MeasurementInput
  summary: MeasurementSummary
}

/**
 * Measures a point once. `planned.repetition` counts the measurements of the point. A measurement that is complete
 * already is returned without measuring again, so that an interrupted run can be resumed.
 */
export type MeasurePoint = (point: Point, planned: PlannedMeasurement) => Promise<MeasuredPoint>

/** The point whose load is measured, without the load. */
interface Subject {
  point: Point
}

/** How long a load is measured, and with which camera phases. */
export interface LoadWindow {
  windowS: number
  /** No longer than the scenario's. */
  warmupMaxS: number
  phaseSeed: number
}

export interface PointMeasurer {
  calibrate: (subject: Subject, load: LoadSettings, window: LoadWindow) => Promise<PhasedMeasurement>
  measureWindow: (subject: Subject, load: LoadSettings, window: LoadWindow) => Promise<MeasuredPoint>
}

/** A model as it was saved before answers were learned, so that searches of then are found. */
function withEarlierAnswer(model: Point['model']): object {
  const { answer } = model
  if (answer === 'auto') return { ...model, answer: { list: '' } }
  return answer === 'none' ? { ...model, answer: {} } : model
}

/**
 * Numbers points and their measurements in the order in which they are requested.
 *
 * @param ids the ids so far, by the purpose of the point; new ones are added, and saved before they are used
 */
export function createPointMeasurer(
  ids: Record<string, number>,
  measure: MeasurePoint,
  save: () => Promise<void>,
): PointMeasurer {
  const measurements = new Map<number, number>()

  async function measureOnce(
    purpose: 'calibration' | 'search',
    { point: subject }: Subject,
    load: LoadSettings,
    { windowS, warmupMaxS, phaseSeed }: LoadWindow,
  ) {
    const { server, model, video, batching } = subject
    const key = stableStringify([purpose, server, withEarlierAnswer(model), video, batching, load])
    if (ids[key] === undefined) {
      ids[key] = Object.keys(ids).length + 1
      await save()
    }
    const id = ids[key]
    const repetition = (measurements.get(id) ?? 0) + 1
    measurements.set(id, repetition)
    const measured = {
      ...subject.measure,
      durationS: windowS,
      warmupMaxS: Math.min(subject.measure.warmupMaxS, warmupMaxS),
    }
    const point = { ...subject, id, load, measure: measured }
    return measure(point, { point: id, repetition, phaseSeed })
  }

  return {
    async calibrate(subject, load, window) {
      const { input } = await measureComplete(async () => {
        const measured = await measureOnce('calibration', subject, load, window)
        const { complete, agents } = measured.input.record
        return { ...measured, complete, agents }
      })
      return { ...input, phaseSeed: window.phaseSeed }
    },
    measureWindow: (subject, load, window) => measureOnce('search', subject, load, window),
  }
}
