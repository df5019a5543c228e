import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { CapacityRun, SettingCapacity } from '../../capacity/capacity-run.js'
import type { CapacityFound, Interval } from '../../capacity/search/search-capacity.js'
import type { Tuning } from '../../capacity/tuning.js'
import type { ConditionName } from '../../capacity/verdict/judge-run.js'
import { saysNothing } from '../../capacity/verdict/measure-cameras.js'
import { formatCondition } from './capacity-words.js'

/** A setting whose search has ended. */
export type SearchedSetting = SettingCapacity & { found: CapacityFound }

/** The part of `capacity --json` that machines depend on. */
export interface CapacityJson {
  run: string
  exitCode: ExitCode
  /** Of the setting that carries most. */
  capacity: CapacityFigures
  settings: (CapacityFigures & { setting: string; fps: number; sloMs: number; percentile: number })[]
  /** Where settings were tuned. */
  tuning?: Tuning
}

export interface CapacityFigures {
  /** The largest N such that every n ≤ N passes. */
  cameras: number
  /** Absent where all numbers searched pass. */
  failsAt?: number
  /** What binds at `failsAt`; absent where that was only simulated. */
  binding?: ConditionName
  passing: Interval[]
}

/** Settings whose search has ended, those that carry most first. */
export function searchedSettings({ settings }: CapacityRun): SearchedSetting[] {
  return settings
    .filter((setting): setting is SearchedSetting => setting.found !== undefined)
    .toSorted((a, b) => b.found.planning - a.found.planning)
}

/** @throws UserError where no setting carries a single camera */
export function capacityJson(run: string, capacity: CapacityRun): CapacityJson {
  checkSomethingPasses(capacity)
  const settings = searchedSettings(capacity)
  const best = settings[0]
  if (best === undefined) throw new Error('no setting was searched to its end')
  return {
    run,
    exitCode: capacityExitCode(best),
    capacity: figuresOf(best.found),
    settings: settings.map((setting) => ({
      setting: setting.setting,
      fps: setting.fps,
      sloMs: setting.slo.latencyMs,
      percentile: setting.slo.percentile,
      ...figuresOf(setting.found),
    })),
    ...(capacity.tuning !== undefined && { tuning: capacity.tuning }),
  }
}

function figuresOf({ planning, failsAt, failure, passing }: CapacityFound): CapacityFigures {
  return {
    cameras: planning,
    ...(failsAt !== undefined && { failsAt }),
    ...(failure !== undefined && { binding: failure.binding }),
    passing,
  }
}

/** Where the client and not the server was at its end, the capacity is a lower bound and no finding. */
function capacityExitCode({ found }: SearchedSetting): ExitCode {
  return saysNothing(found.failure) ? ExitCode.invalid : ExitCode.pass
}

/** @throws UserError where no setting carries a single camera, with what was found of each. */
function checkSomethingPasses({ settings }: CapacityRun): void {
  if (settings.some(({ found }) => found !== undefined && found.passing.length > 0)) return
  const only = settings.length === 1 ? settings[0] : undefined
  if (only?.hopeless !== undefined) {
    const { message, ...parts } = only.hopeless
    throw new UserError(message, { where: only.setting, ...parts })
  }
  const excerpt = settings.map((setting) => `  ${setting.setting}: ${whyNot(setting)}`).join('\n')
  if (settings.some(({ found }) => saysNothing(found?.failure))) {
    throw new UserError('the capacity could not be measured', {
      expected: 'a load generator that keeps to its schedule, and VALID measurements',
      excerpt,
      remedy: 'Run it again with nothing else running. It was not shown that the server is too slow.',
      exitCode: ExitCode.invalid,
    })
  }
  throw new UserError('no number of cameras meets the SLO', {
    expected: 'a number of cameras that passes in every repetition',
    excerpt,
    remedy:
      'Allow more latency (slo.latencyMs), a lower rate (load.fps), or a shorter batching.maxBatchDelayMs.',
  })
}

function whyNot({ hopeless, found }: SettingCapacity): string {
  if (hopeless !== undefined) return hopeless.message
  const { failure, failsAt, step } = found ?? {}
  if (failure === undefined) return `fails from ${plural(failsAt ?? step ?? 1, 'camera')} on, by simulation`
  const { cameras, binding } = failure
  if (saysNothing(failure)) return `not measured, ${formatCondition(binding)}`
  return `${plural(cameras, 'camera fails', 'cameras fail')}: ${formatCondition(binding)}`
}
