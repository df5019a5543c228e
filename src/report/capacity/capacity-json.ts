import type {
  CapacityAnswer,
  CapacityRun,
  Infeasible,
  SearchedSetting,
  SettingCapacity,
} from '../../capacity/capacity-run.js'
import type { CapacityFound, Interval } from '../../capacity/search/search-capacity.js'
import type { Tuning } from '../../capacity/tuning.js'
import type { ConditionName } from '../../capacity/verdict/judge-run.js'
import { isInconclusive } from '../../capacity/verdict/measure-cameras.js'
import { plural } from '../../system/plural.js'
import { UserError, type ExitCode, type UserErrorParts } from '../../system/user-error.js'
import { formatCondition } from './capacity-words.js'

/** The stable part of `capacity --json`. */
export interface CapacityJson {
  run: string
  exitCode: ExitCode
  /** The setting that carries most cameras. */
  capacity: CapacityFigures
  settings: (CapacityFigures & { setting: string; fps: number; sloMs: number; percentile: number })[]
  /** With `--tune`. */
  tuning?: Tuning | undefined
}

export interface CapacityFigures {
  /** The largest N such that every n ≤ N passes. */
  cameras: number
  /** Absent if all numbers searched pass. */
  failsAt?: number | undefined
  /** The condition that fails at `failsAt`; absent if that was only simulated. */
  binding?: ConditionName | undefined
  passing: Interval[]
}

export function capacityJson(
  run: string,
  { tuning }: CapacityRun,
  { exitCode, best, settings }: Extract<CapacityAnswer, { kind: 'found' }>,
): CapacityJson {
  return {
    run,
    exitCode,
    capacity: figuresOf(best.found),
    settings: settings.map((setting: SearchedSetting) => ({
      setting: setting.setting,
      fps: setting.fps,
      sloMs: setting.slo.latencyMs,
      percentile: setting.slo.percentile,
      ...figuresOf(setting.found),
    })),
    tuning,
  }
}

function figuresOf({ planning, failsAt, failure, passing }: CapacityFound): CapacityFigures {
  return { cameras: planning, failsAt, binding: failure?.binding, passing }
}

/** The error at the end of a search if no setting carries a camera, with the result of each setting. */
export function capacityError(
  { settings }: CapacityRun,
  answer: Exclude<CapacityAnswer, { kind: 'found' }>,
): UserError {
  const { exitCode } = answer
  if (answer.kind === 'infeasible') {
    const { setting, infeasible } = answer.setting
    const { message, ...parts } = formatInfeasible(infeasible!)
    return new UserError(message, { where: setting, ...parts, exitCode })
  }
  const excerpt = settings.map((setting) => `  ${setting.setting}: ${whyNot(setting)}`).join('\n')
  if (answer.kind === 'not-measured') {
    return new UserError('the capacity could not be measured', {
      expected: 'a load generator that keeps to its schedule, and VALID measurements',
      excerpt,
      remedy:
        'Run it again without other programs on this machine. The results do not show that the server is too slow.',
      exitCode,
    })
  }
  return new UserError('no number of cameras meets the SLO', {
    expected: 'a number of cameras that passes in every repetition',
    excerpt,
    remedy:
      'Allow more latency (slo.latencyMs), a lower rate (load.fps), or a shorter batching.maxBatchDelayMs.',
    exitCode,
  })
}

function whyNot({ infeasible, found }: SettingCapacity): string {
  if (infeasible !== undefined) return formatInfeasible(infeasible).message
  const { failure, failsAt, step } = found ?? {}
  if (failure === undefined) return `fails from ${plural(failsAt ?? step ?? 1, 'camera')} on, by simulation`
  const { cameras, binding } = failure
  if (isInconclusive(failure)) return `not measured, ${formatCondition(binding)}`
  return `${plural(cameras, 'camera fails', 'cameras fail')}: ${formatCondition(binding)}`
}

/** Settings that were not searched, each with the reason. */
export function infeasibleSettings({ settings }: CapacityRun): { setting: string; reason: string }[] {
  return settings.flatMap(({ setting, infeasible }) =>
    infeasible === undefined ? [] : [{ setting, reason: formatInfeasible(infeasible).message }],
  )
}

function formatInfeasible(infeasible: Infeasible): UserErrorParts & { message: string } {
  switch (infeasible.reason) {
    case 'rate-above-ceiling': {
      const { ceilingFps, fps, step } = infeasible
      return {
        message: `the server cannot sustain ${step === 1 ? 'one camera' : 'one edge device'} at this rate`,
        expected: `at most ${ceilingFps.toFixed(1)} frames per second, its measured ceiling`,
        received: step === 1 ? `${fps} fps` : `${step} cameras at ${fps} fps`,
        remedy: 'Lower load.fps, or give the server more workers or a larger batch.',
      }
    }
    case 'slo-below-service-time': {
      const { fastestMs, sloMs } = infeasible
      return {
        message: 'no number of cameras can meet this SLO',
        expected: `more than ${fastestMs.toFixed(0)} ms, the latency of a frame that never queues`,
        received: `slo.latencyMs: ${sloMs}`,
        remedy: 'Allow more latency, or send smaller batches.',
      }
    }
    case 'window-too-short': {
      const { requestsNeeded, requestsPerS, windowMaxS, percentile } = infeasible
      return {
        message: 'the longest window is too short for a verdict',
        expected: `${Math.ceil(requestsNeeded / requestsPerS)} s: p${percentile} needs ${requestsNeeded} requests, at ${requestsPerS.toFixed(1)} per second`,
        received: `${windowMaxS} s`,
        remedy: 'Allow a longer window with --window-max, or ask for a lower percentile.',
      }
    }
    case 'refused': {
      const { reason: _, ...parts } = infeasible
      return parts
    }
  }
}
