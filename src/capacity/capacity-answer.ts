import { ExitCode } from '../system/user-error.js'
import type { CapacityRun, SettingCapacity } from './capacity-run.js'
import type { CapacityFound } from './search/search-capacity.js'
import { isInconclusive } from './verdict/measure-cameras.js'

/** A setting whose search has ended. */
export type SearchedSetting = SettingCapacity & { found: CapacityFound }

/** What a capacity run answers, and the exit code of the command. */
export type CapacityAnswer =
  /** Exit code 4 if the first failure was the client's or the machine's: the capacity is then a lower bound. */
  | { kind: 'found'; exitCode: ExitCode; best: SearchedSetting; settings: SearchedSetting[] }
  /** The only setting cannot carry a camera, by what calibration showed. */
  | { kind: 'infeasible'; exitCode: ExitCode; setting: SettingCapacity }
  /** Nothing passes, and in one setting at least the client or the machine was the reason. */
  | { kind: 'not-measured'; exitCode: ExitCode }
  | { kind: 'nothing-passes'; exitCode: ExitCode }

/** Decides what a finished capacity run says. */
export function answerCapacity(run: CapacityRun): CapacityAnswer {
  const settings = searchedSettings(run)
  const best = settings[0]
  if (best !== undefined && settings.some(({ found }) => found.passing.length > 0)) {
    const exitCode = isInconclusive(best.found.failure) ? ExitCode.invalid : ExitCode.pass
    return { kind: 'found', exitCode, best, settings }
  }
  const [only, ...others] = run.settings
  if (only?.infeasible !== undefined && others.length === 0)
    return { kind: 'infeasible', exitCode: ExitCode.usage, setting: only }
  return settings.some(({ found }) => isInconclusive(found.failure))
    ? { kind: 'not-measured', exitCode: ExitCode.invalid }
    : { kind: 'nothing-passes', exitCode: ExitCode.usage }
}

/** Settings whose search has ended, those that carry most first. */
export function searchedSettings({ settings }: CapacityRun): SearchedSetting[] {
  return settings
    .filter((setting): setting is SearchedSetting => setting.found !== undefined)
    .toSorted((a, b) => b.found.planning - a.found.planning)
}
