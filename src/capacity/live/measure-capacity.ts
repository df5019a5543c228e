import { ExitCode, UserError } from '../../system/user-error.js'
import { capacityVersion, type CapacityRun, type SettingCapacity } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { createPointMeasurer, type MeasurePoint } from './point-measurer.js'
import { searchSetting, unknownCapacity, type CapacityEvent } from './search-setting.js'

export interface MeasureCapacityOptions {
  settings: CapacitySetting[]
  seed: number
  /** Longest time that one repetition of one number of cameras may be measured. */
  windowMaxS: number
  measure: MeasurePoint
  /** Called with all that is known, whenever something was found. */
  save: (run: CapacityRun) => Promise<void>
  /** The state of an interrupted run. */
  resume?: CapacityRun | undefined
  onEvent?: ((event: CapacityEvent) => void) | undefined
}

/** Finds for each setting which numbers of cameras pass. */
export async function measureCapacity(options: MeasureCapacityOptions): Promise<CapacityRun> {
  const { settings, seed, windowMaxS, onEvent } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  for (const [i, setting] of settings.entries()) {
    onEvent?.({ kind: 'setting', setting: setting.label, number: i + 1, of: settings.length })
    const state = (run.settings[i] ??= unknownCapacity(setting))
    await searchOrRefuse(setting, state, { points, seed, windowMaxS, save, onEvent })
  }
  return run
}

/** A setting that the scenario's author has to change does not stop the search of the others; its error is kept. */
async function searchOrRefuse(
  setting: CapacitySetting,
  state: SettingCapacity,
  options: Parameters<typeof searchSetting>[2],
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
