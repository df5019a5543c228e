import type { CapacityEvent } from './capacity-event.js'
import { type CapacityRun, capacityVersion } from './capacity-run.js'
import type { CapacitySetting } from './capacity-settings.js'
import { createPointMeasurer, type MeasurePoint } from './point-measurer.js'
import { searchSetting, unknownCapacity } from './search-setting.js'

export interface MeasureCapacityOptions {
  settings: CapacitySetting[]
  seed: number
  /** Longest that one repetition of one number of cameras may be measured. */
  windowMaxS: number
  measure: MeasurePoint
  /** Called whenever something was found out, with all that is known. */
  save: (run: CapacityRun) => Promise<void>
  /** The state of an interrupted run. */
  resume?: CapacityRun
  onEvent?: (event: CapacityEvent) => void
}

/**
 * Finds for each setting which numbers of cameras pass.
 *
 * @throws UserError where a setting cannot carry a camera by what calibration showed
 */
export async function measureCapacity(options: MeasureCapacityOptions): Promise<CapacityRun> {
  const { settings, seed, windowMaxS, onEvent } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  for (const [i, setting] of settings.entries()) {
    onEvent?.({ kind: 'setting', setting: setting.words, number: i + 1, of: settings.length })
    const state = (run.settings[i] ??= unknownCapacity(setting))
    await searchSetting(setting, state, { points, seed, windowMaxS, save, onEvent })
  }
  return run
}

export function emptyCapacityRun(seed: number): CapacityRun {
  return { capacityVersion, seed, settings: [], pointIds: {} }
}
