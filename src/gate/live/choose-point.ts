import { UserError } from '../../system/user-error.js'
import type { Plan, Point } from '../../scenario/plan/plan.js'
import { defaultMetrics } from '../choose-metrics.js'
import { differingSettings } from '../../scenario/plan/differing-settings.js'
import type { GatedMetric } from '../gated-metric.js'

/**
 * The one point that a live gate measures: its pairs are spent on one question. Several points would need several
 * times the pairs, at intervals widened for their number.
 *
 * @param id undefined where the user did not choose
 */
export function choosePoint(plan: Plan, id: number | undefined): Point {
  const [only, ...others] = plan.points
  if (id === undefined && only !== undefined && others.length === 0) return only
  const chosen = plan.points.find((point) => point.id === id)
  if (chosen !== undefined) return chosen
  throw new UserError('a live gate compares the servers at one point', {
    where: id === undefined ? 'the scenario' : `--point ${id}`,
    expected: 'a scenario of one point, or one point of it',
    received: listPoints(plan.points).join('; '),
    remedy: 'choose with --point N, or narrow the scenario with --set',
  })
}

/** What is gated at a point: what the user named, as far as it can exist there, or the defaults. */
export function metricsAt(point: Point, chosen: readonly GatedMetric[] | undefined): readonly GatedMetric[] {
  if (chosen === undefined) return defaultMetrics(point.load, point.slo)
  const missing = chosen.find(
    ({ name, load }) =>
      (load === 'cameras' && point.load.kind === 'closed') ||
      (name === 'goodputFps' && point.slo === undefined),
  )
  if (missing === undefined) return chosen
  throw new UserError(`${missing.name} does not exist at this point`, {
    where: '--metrics',
    expected:
      missing.name === 'goodputFps'
        ? 'a scenario with an slo'
        : 'camera load: closed load captures no frames',
    received: missing.name === 'goodputFps' ? 'no slo' : 'closed load',
    remedy: `leave ${missing.name} out, or change the scenario`,
  })
}

/** `1: batchSize=1`, `2: batchSize=4`: what tells the points apart. */
function listPoints(points: readonly Point[]): string[] {
  const settings = differingSettings(points.map(({ id: _, ...settings }) => settings))
  return points.map(({ id }, i) => {
    const own = settings.flatMap(({ name, values }) =>
      values[i] === undefined ? [] : [`${name}=${values[i]}`],
    )
    return `${id}: ${own.join(' ')}`
  })
}
