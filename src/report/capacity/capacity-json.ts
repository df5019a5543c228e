import type {
  CapacityAnswer,
  CapacityRun,
  Infeasible,
  SearchedSetting,
  SettingCapacity,
} from '../../capacity/capacity-run.js'
import { bindingAt, type CapacityFound, type RegionBasis } from '../../capacity/search/capacity-found.js'
import type { Interval } from '../../capacity/search/intervals.js'
import type { ValueRange } from '../../capacity/sustained/value-range.js'
import type { Tuning } from '../../capacity/tuning.js'
import type { ConditionName } from '../../capacity/verdict/conditions.js'
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
  /** The condition that fails at `failsAt`; absent if that was not measured. `sustained`: its windows passed. */
  binding?: ConditionName | 'sustained' | undefined
  passing: Interval[]
  /** `measured`: the capacity itself was. Other numbers rest on simulation. */
  basis: RegionBasis
  /** Whether the server, simulated in its stationary state, keeps the SLO. Absent if no camera passes. */
  sustained?: boolean | undefined
  /** `no-batches`: the server reports no batch times, so nothing was simulated. */
  sustainedReason?: 'no-batches' | undefined
  /** Frames per second offered ÷ ceiling, and its range. */
  utilisation?: ValueRange | undefined
  /** With `--budget`: the numbers that were not decided, both ends included. */
  open?: Interval | undefined
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

function figuresOf(found: CapacityFound): CapacityFigures {
  const { planning, failsAt, passing, basis, sustained, open } = found
  return {
    cameras: planning,
    failsAt,
    binding: bindingAt(found),
    passing,
    basis,
    sustained: sustained?.sustained,
    sustainedReason: sustained?.reason === 'no-batches' ? sustained.reason : undefined,
    utilisation: sustained?.utilisation,
    open,
  }
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
  if (answer.kind === 'out-of-time') {
    return new UserError('the budget was too short for an answer', {
      expected: 'time to measure a number of cameras that passes',
      excerpt,
      remedy: 'Resume the search (--resume) with a longer --budget, or without one.',
      exitCode,
    })
  }
  return new UserError('no number of cameras meets the SLO', {
    expected: 'a number of cameras that passes',
    excerpt,
    remedy:
      'Allow more latency (slo.latencyMs), a lower rate (load.fps), or a shorter batching.maxBatchDelayMs.',
    exitCode,
  })
}

function whyNot({ infeasible, found }: SettingCapacity): string {
  if (infeasible !== undefined) return formatInfeasible(infeasible).message
  const { failure, failsAt, step, open } = found ?? {}
  if (open !== undefined) return `not decided: ${open[0]} to ${open[1]} cameras`
  if (failure === undefined || failure.decision === 'pass')
    return `fails from ${plural(failsAt ?? step ?? 1, 'camera')} on, by simulation`
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
        message: 'the cameras send too few requests for a verdict',
        expected: `${requestsNeeded} requests for p${percentile} within ${windowMaxS} s`,
        received: `${requestsPerS.toFixed(1)} requests per second at most`,
        remedy: 'Ask for a lower percentile (slo.percentile), or a higher rate (load.fps).',
      }
    }
    case 'refused': {
      const { reason: _, ...parts } = infeasible
      return parts
    }
  }
}
