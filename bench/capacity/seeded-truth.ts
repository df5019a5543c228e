import { judgeStationary } from '../../src/capacity/sustained/judge-stationary.js'
import type { Decision } from '../../src/capacity/verdict/conditions.js'
import { passingIntervals, type Interval } from '../../src/capacity/search/intervals.js'
import { mixSeeds, seededRandom } from '../../src/system/seeded-random.js'
import { trueServiceTimes, type SeededServer } from './seeded-server.js'

/** What a seeded server carries for a day, in steps of whole edge devices. */
export interface SeededTruth {
  step: number
  /** Largest number of steps that was looked at: 1.2 × saturation. */
  max: number
  /** At index steps − 1. Numbers between two neighbours that agree, 2.5 % apart or less, are taken to agree with them. */
  decisions: Decision[]
}

/** Up to this number of steps each one is simulated. */
const finestUpTo = 80

/**
 * The truth about a seeded server: its own service times, phases drawn anew each minute, until the 99 % interval of the
 * share of late requests leaves 1 %, or one virtual hour has passed (`undecided`).
 */
export function seededTruth(server: SeededServer, seed: number): SeededTruth {
  const { setting, saturationCameras } = server
  const step = setting.framesPerRequest > 1 ? setting.load.camerasPerClient : 1
  const max = Math.max(1, Math.ceil((1.2 * saturationCameras) / step))
  const known = new Map<number, Decision>()
  const at = (steps: number): Decision => {
    let decision = known.get(steps)
    if (decision === undefined) {
      decision = judgeStationary(setting, {
        cameras: steps * step,
        serviceTimes: trueServiceTimes(server)(seededRandom(mixSeeds(seed, 0x7247, steps))),
        percentile: 99,
        seed: mixSeeds(seed, 0x7248, steps),
      }).decision
      known.set(steps, decision)
    }
    return decision
  }
  const decisions: Decision[] = []
  for (let steps = 1; steps <= max;) {
    const next = Math.min(max, steps + Math.max(1, Math.floor(steps / (finestUpTo / 2))))
    const between = at(steps) === at(next) ? () => at(steps) : at
    for (let one = steps; one < Math.max(next, steps + 1); one++)
      decisions.push(one === steps ? at(steps) : between(one))
    steps = Math.max(next, steps + 1)
    if (steps === max && decisions.length === max) break
  }
  return { step, max, decisions }
}

/** The largest number of cameras up to which every number passes; `open` counts undecided ones as passing. */
export function truePlanning({ step, decisions }: SeededTruth, open: 'passes' | 'fails'): number {
  const first = decisions.findIndex(
    (decision) => decision === 'fail' || (decision === 'undecided' && open === 'fails'),
  )
  return step * (first < 0 ? decisions.length : first)
}

/** Passing regions that a search has to report: three cameras (or edge devices) and 10 % wide at least. */
export function wideRegions({ step, max, decisions }: SeededTruth): Interval[] {
  return passingIntervals((steps) => decisions[steps - 1] === 'pass', max)
    .filter(([from, to]) => to - from + 1 >= 3 && (to - from + 1) / from >= 0.1)
    .map(([from, to]) => [from * step, to * step])
}
