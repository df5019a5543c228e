import stringify from 'safe-stable-stringify'
import type { PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import type { LoadSettings } from '../../scenario/schema/settings.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import type { PhasedMeasurement } from '../simulator/simulated-setting.js'
import type { WindowRequest } from '../verdict/measure-cameras.js'

/**
 * Measures a point once and gives its samples. `planned.repetition` counts the measurements of the point. Asked
 * again for one that is complete, it gives the same without measuring: so an interrupted run goes on.
 */
export type MeasurePoint = (point: Point, planned: PlannedMeasurement) => Promise<MeasurementInput>

/** Whose load is measured: a point but for its load. */
interface Subject {
  point: Point
}

export interface PointMeasurer {
  calibrate: (subject: Subject, load: LoadSettings, phases: number) => Promise<PhasedMeasurement>
  measureWindow: (
    subject: Subject,
    load: LoadSettings,
    window: Pick<WindowRequest, 'windowS' | 'phaseSeed'>,
  ) => Promise<MeasurementInput>
}

/** Calibration takes this long for each load, s, where a window of the scenario is not shorter still. */
const calibrationMaxS = 5

/**
 * Gives points their ids and their measurements their numbers, each in the order in which they are asked for.
 *
 * @param ids those given so far, by what they are for; new ones are added, and saved before they are used
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
    { windowS, phaseSeed }: Pick<WindowRequest, 'windowS' | 'phaseSeed'>,
  ) {
    const { server, model, video, batching } = subject
    const key = stringify([purpose, server, model, video, batching, load])
    if (ids[key] === undefined) {
      ids[key] = Object.keys(ids).length + 1
      await save()
    }
    const id = ids[key]
    const repetition = (measurements.get(id) ?? 0) + 1
    measurements.set(id, repetition)
    const point = { ...subject, id, load, measure: { ...subject.measure, durationS: windowS } }
    return measure(point, { point: id, repetition, phaseSeed })
  }

  return {
    async calibrate(subject, load, phaseSeed) {
      const windowS = Math.min(calibrationMaxS, subject.point.measure.durationS)
      const window = { windowS, phaseSeed }
      return { ...(await measureOnce('calibration', subject, load, window)), phaseSeed }
    },
    measureWindow: (subject, load, window) => measureOnce('search', subject, load, window),
  }
}
