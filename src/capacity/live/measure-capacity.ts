import { ExitCode, UserError } from '../../system/user-error.js'
import type { CapacityEvent } from './search-setting.js'
import type { CapacityRun, SettingCapacity } from '../capacity-run.js'
import { capacityVersion } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import type { MeasurePoint } from './point-measurer.js'
import { createPointMeasurer } from './point-measurer.js'
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

/** Finds for each setting which numbers of cameras pass. */
export async function measureCapacity(options: MeasureCapacityOptions): Promise<CapacityRun> {
  const { settings, seed, windowMaxS, onEvent } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  for (const [i, setting] of settings.entries()) {
    onEvent?.({ kind: 'setting', setting: setting.words, number: i + 1, of: settings.length })
    const state = (run.settings[i] ??= unknownCapacity(setting))
    await searchUnlessHopeless(setting, state, { points, seed, windowMaxS, save, onEvent })
  }
  return run
}

/** One hopeless setting of a sweep is no reason to leave the others: why it is, is kept with it. */
async function searchUnlessHopeless(
  setting: CapacitySetting,
  state: SettingCapacity,
  options: Parameters<typeof searchSetting>[2],
): Promise<void> {
  delete state.hopeless
  try {
    await searchSetting(setting, state, options)
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.usage) throw error
    const { expected, received, remedy } = error.parts
    state.hopeless = {
      message: error.message,
      ...(expected !== undefined && { expected }),
      ...(received !== undefined && { received }),
      ...(remedy !== undefined && { remedy }),
    }
    await options.save()
  }
}

export function emptyCapacityRun(seed: number): CapacityRun {
  return { capacityVersion, seed, settings: [], pointIds: {} }
}
