import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import { createServiceTimes, type ServiceModel } from '../simulator/service-model.js'
import type { SimulatedSetting } from '../simulator/simulated-setting.js'
import type { Decision } from '../verdict/conditions.js'
import { judgeStationary, type StationaryEffort } from './judge-stationary.js'
import { fittedCeiling, utilisation } from './utilisation.js'
import type { ValueRange } from './value-range.js'

/** Whether a number of cameras passes for a day, not only during its measured windows: plain data. */
export interface SustainedVerdict {
  cameras: number
  decision: Decision
  /**
   * What decided: `utilisation` if its range reaches the limit, `late-share` if the simulation did, `no-batches` if it
   * passes by utilisation alone, because the server does not report its batches.
   */
  reason: 'utilisation' | 'late-share' | 'no-batches'
  /** Whether the simulated stationary state supports the decision. */
  sustained: boolean
  /** Offered ÷ ceiling. */
  utilisation: ValueRange
  /** Largest utilisation that can pass. */
  utilisationMax: number
  /** Of the simulation, with its 99 % interval; absent if nothing was simulated. */
  lateShare?: ValueRange | undefined
  /** 0 if nothing was simulated. */
  simulatedS: number
}

export interface SustainedEvidence {
  /** Undefined if the server does not report its batches. */
  fitted: { model: ServiceModel } | undefined
  /** As a saturated closed load showed it; undefined if there was none. One of the two has to be known. */
  ceilingFps: ValueRange | undefined
}

/** Without service times nothing shows how long queues grow, so some of the ceiling stays free. */
const utilisationMaxUnsimulated = 0.9

/**
 * Judges whether a number of cameras can be sustained: the range of its utilisation stays below 1, and the server,
 * simulated in its stationary state, keeps the percentile within the SLO. The simulation has the run's own noise, and
 * service times that are longer by the uncertainty of the fit. `undecided` is no pass.
 */
export function judgeSustained(
  setting: SimulatedSetting,
  options: SustainedEvidence & {
    cameras: number
    percentile: number
    seed: number
    effort?: StationaryEffort
  },
): SustainedVerdict {
  const { fitted, ceilingFps, cameras, percentile, seed, effort } = options
  const used = utilisation(
    cameras * setting.load.fps,
    ceilingFps,
    fitted && fittedCeiling(setting, fitted.model),
  )
  const judged = { cameras, utilisation: used, utilisationMax: 1, simulatedS: 0 }
  if (fitted === undefined) {
    const passes = used.high <= utilisationMaxUnsimulated
    return {
      ...judged,
      decision: passes ? 'pass' : 'fail',
      reason: passes ? 'no-batches' : 'utilisation',
      sustained: false,
      utilisationMax: utilisationMaxUnsimulated,
    }
  }
  if (used.high >= 1) return { ...judged, decision: 'fail', reason: 'utilisation', sustained: false }
  const random = seededRandom(mixSeeds(seed, cameras))
  const { decision, lateShare, simulatedS } = judgeStationary(setting, {
    cameras,
    percentile,
    seed: mixSeeds(seed, cameras, 1),
    effort: effort ?? 'thorough',
    serviceTimes: createServiceTimes(fitted.model, 1 + fitted.model.uncertainty)(random),
  })
  return {
    ...judged,
    decision,
    reason: 'late-share',
    sustained: decision === 'pass',
    lateShare,
    simulatedS,
  }
}
