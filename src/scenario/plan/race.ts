import { UserError } from '../../system/user-error.js'
import { expectedS } from './expected-time.js'
import { orderMeasurements } from './plan-scenario.js'
import {
  allPoints,
  phaseSeed,
  restartKey,
  type MeasureSettings,
  type Plan,
  type PlannedMeasurement,
} from './plan.js'
import { mixSeeds, seededRandom, shuffled } from '../../system/seeded-random.js'

/** Windows of a race, s. A machine varies as much from one short window to the next as between long ones. */
const windowS = 4
const warmupS = 2

const defaultBudgetS = 300

/**
 * The plan of a race: one pass over all points with short windows, in random order. Blocks of the settings that are still
 * in contention follow; they are added as the race goes on.
 *
 * @param options.budgetS the time for the race; default: 300
 * @param options.file the scenario, for errors
 * @throws UserError (exit 2) if the settings of the plan cannot be compared, or the budget is no time
 */
export function planRace(
  plan: Plan,
  { budgetS = defaultBudgetS, file }: { budgetS?: number | undefined; file: string },
): Plan {
  requireComparable(plan, file)
  if (!(budgetS > 0 && budgetS < Infinity)) {
    throw new UserError('the budget of a run until it is decided is not valid', {
      expected: 'a number of seconds above 0',
      received: String(budgetS),
    })
  }
  const points = plan.points.map((point) => ({ ...point, measure: shortMeasure(point.measure) }))
  const ofCeiling = plan.ofCeiling?.map((point) => ({ ...point, measure: shortMeasure(point.measure) }))
  const order = orderMeasurements(allPoints({ points, ofCeiling }), plan.seed)
  return {
    ...plan,
    points,
    ...(ofCeiling !== undefined && { ofCeiling }),
    order,
    expectedS: expectedS({ points, ofCeiling, order }),
    race: { budgetS },
  }
}

/** The measurements of one block: each point once, in an order of its own. */
export function planBlock(plan: Plan, points: readonly number[], block: number): PlannedMeasurement[] {
  return shuffled(points, seededRandom(mixSeeds(plan.seed, block))).map((point) => ({
    point,
    repetition: block,
    phaseSeed: phaseSeed(plan.seed, 0, block),
  }))
}

function shortMeasure({ passes: _, ...measure }: MeasureSettings): MeasureSettings {
  return {
    ...measure,
    repetitions: 1,
    warmupMaxS: Math.min(warmupS, measure.warmupMaxS),
    durationS: Math.min(windowS, measure.durationS),
  }
}

function requireComparable(plan: Plan, file: string): void {
  const points = allPoints(plan)
  const subjects = new Set(points.map(restartKey)).size
  const closed = points.filter(({ load }) => load.kind === 'closed').length
  if (subjects === 1 && closed > 0) return
  throw new UserError('--until-decided cannot compare the settings of this scenario', {
    where: file,
    expected: 'a closed load, and one server, model and video: batching and workers may differ',
    received: closed === 0 ? 'no closed load' : `${subjects} combinations of server, model and video`,
    remedy:
      closed === 0
        ? 'Add for example `{ kind: closed }` to its loads, or remove --until-decided.'
        : 'Choose one of them with --server or --set, or remove --until-decided.',
  })
}
