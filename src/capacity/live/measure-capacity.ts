import { ExitCode, UserError } from '../../system/user-error.js'
import { capacityVersion, type CapacityRun, type SettingCapacity } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { createPointMeasurer, type MeasurePoint } from './point-measurer.js'
import {
  searchSetting,
  unknownCapacity,
  type CapacityEvent,
  type SearchSettingOptions,
} from './search-setting.js'

export interface MeasureCapacityOptions {
  settings: CapacitySetting[]
  seed: number
  /** Time for all settings together; undefined: as long as it takes. */
  budgetS?: number | undefined
  /** Seconds since the run began. Default: by the wall clock, from the call. */
  elapsedS?: (() => number) | undefined
  measure: MeasurePoint
  /** Called with all that is known, whenever something was found. */
  save: (run: CapacityRun) => Promise<void>
  /** The state of an interrupted run. Its measurements are read, not measured again, so the search takes the same way. */
  resume?: CapacityRun | undefined
  onEvent?: ((event: CapacityEvent) => void) | undefined
}

/** Finds for each setting which numbers of cameras pass. */
export async function measureCapacity(options: MeasureCapacityOptions): Promise<CapacityRun> {
  const { settings, seed, onEvent } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  const budget = openBudget(options)
  for (const [i, setting] of settings.entries()) {
    onEvent?.({ kind: 'setting', setting: setting.label, number: i + 1, of: settings.length })
    const state = (run.settings[i] ??= unknownCapacity(setting))
    const leftS = budget.share(settings.length - i)
    await searchOrRefuse(setting, state, { points, seed, leftS, save, onEvent })
  }
  return run
}

/** Deals the time that is left to the searches that are still to come. */
export function openBudget({
  budgetS = Number.POSITIVE_INFINITY,
  elapsedS,
}: Pick<MeasureCapacityOptions, 'budgetS' | 'elapsedS'>): {
  share: (searches: number) => SearchSettingOptions['leftS']
} {
  const startMs = performance.now()
  const elapsed = elapsedS ?? (() => (performance.now() - startMs) / 1000)
  return {
    share(searches) {
      const endS = elapsed() + (budgetS - elapsed()) / searches
      return () => endS - elapsed()
    },
  }
}

/** A setting that the scenario's author has to change does not stop the search of the others; its error is kept. */
async function searchOrRefuse(
  setting: CapacitySetting,
  state: SettingCapacity,
  options: SearchSettingOptions,
): Promise<void> {
  delete state.infeasible
  try {
    await searchSetting(setting, state, options)
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.usage) throw error
    const { expected, received, remedy } = error.parts
    state.infeasible = { reason: 'refused', message: error.message, expected, received, remedy }
    await options.save()
  }
}

export function emptyCapacityRun(seed: number): CapacityRun {
  return { capacityVersion, seed, settings: [], pointIds: {} }
}
