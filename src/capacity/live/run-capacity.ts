import type { LoadProgress } from '../../load/control/watch-progress.js'
import { measureToTheEnd } from '../../measure/measure-to-the-end.js'
import { missingMeasurements } from '../../measure/missing-measurements.js'
import { openRunMeasurer } from '../../measure/run-measurer.js'
import type { PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { readMeasurement } from '../../run/read-measurement.js'
import type { RunManifest } from '../../run/run-manifest.js'
import { type TuningSpace, usualTuningSpace } from '../tuning.js'
import { readCapacityFile, writeCapacityFile } from '../capacity-run.js'
import type { CapacityRun } from '../capacity-run.js'
import { type CapacitySetting, capacitySettings } from '../capacity-setting.js'
import type { CapacityEvent } from './search-setting.js'
import { measureCapacity } from './measure-capacity.js'
import { tuneCapacity } from './tune-capacity.js'

/**
 * Searches the capacity of each setting of a run's scenario, measuring into its folder: an ordinary run whose plan
 * grows as the search asks for points, with capacity.json beside it. Called again on the same folder, it goes on.
 *
 * @returns what was found; undefined where it was interrupted, and everything measured so far is kept
 * @throws UserError where the scenario asks for nothing that can be searched, or the server or machine is not fit
 */
export async function runCapacity(
  folder: string,
  manifest: RunManifest,
  options: {
    windowMaxS: number
    /** Look for the best batching and workers of the first setting instead of searching every setting. */
    tune?: { space?: Partial<TuningSpace>; top?: number }
    signal: AbortSignal
    onStatus: (text: string) => void
    onLoadProgress: (progress: LoadProgress) => void
    onEvent: (event: CapacityEvent) => void
  },
): Promise<CapacityRun | undefined> {
  const { signal, windowMaxS, onEvent } = options
  const resume = await readCapacityFile(folder)
  const asked = resume?.settings.map(({ point }) => point) ?? manifest.plan.points
  const settings = capacitySettings(asked, manifest.scenario.file ?? manifest.scenario.name)
  // From here on the plan lists what the search really asked for.
  if (resume === undefined) manifest.plan = { ...manifest.plan, points: [], order: [] }
  const measurer = await openRunMeasurer(folder, manifest, options)
  const common = {
    seed: manifest.seed,
    windowMaxS,
    ...(resume !== undefined && { resume }),
    onEvent,
    save: (run: CapacityRun) => writeCapacityFile(folder, run),
    async measure(point: Point, planned: PlannedMeasurement) {
      signal.throwIfAborted()
      const { plan } = manifest
      if (!plan.points.some(({ id }) => id === point.id)) plan.points.push(point)
      if (!plan.order.some((one) => one.point === planned.point && one.repetition === planned.repetition)) {
        plan.order.push(planned)
      }
      const owed = missingMeasurements({ ...plan, order: [planned] }, manifest.measurements).length > 0
      if (owed) await measurer.measure(point, planned)
      signal.throwIfAborted()
      const record = manifest.measurements.find(
        (one) => one.point === planned.point && one.repetition === planned.repetition,
      )
      if (record === undefined) throw new Error(`point ${point.id} was measured but not recorded`)
      return readMeasurement(folder, manifest, record)
    },
  }
  return measureToTheEnd(measurer, signal, () =>
    options.tune === undefined
      ? measureCapacity({ ...common, settings })
      : tuneCapacity({ ...common, ...tuningOf(options.tune, settings[0]!) }),
  )
}

/** Settings that are measured besides being simulated, where nobody says how many. */
const usualTop = 3

function tuningOf(
  { space, top = usualTop }: { space?: Partial<TuningSpace>; top?: number },
  base: CapacitySetting,
): { base: CapacitySetting; space: TuningSpace; top: number } {
  return { base, space: { ...usualTuningSpace, workers: [base.workers], ...space }, top }
}
