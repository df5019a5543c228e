import { UserError } from '../../system/user-error.js'
import type { Plan, Point } from '../../scenario/plan/plan.js'
import { defaultMetrics } from '../choose-metrics.js'
import { differingSettings } from '../../scenario/plan/differing-settings.js'
import type { GatedMetric } from '../gated-metric.js'

/**
 * Chooses the one point that a live gate measures. Several points would need several times the pairs, and wider intervals
 * for their number.
 *
 * @param id undefined if the user did not choose
 * @throws UserError (exit 2) without a valid choice, with the points to choose from
 */
export function choosePoint(plan: Plan, id: number | undefined): Point {
  if (plan.ofCeiling?.some((point) => point.id === id || plan.points.length < 2) === true)
    throw unknownCameras()
  const [only, ...others] = plan.points
  if (id === undefined && only !== undefined && others.length === 0) return only
  const chosen = plan.points.find((point) => point.id === id)
  if (chosen !== undefined) return chosen
  throw new UserError('a live gate compares the servers at one point', {
    where: id === undefined ? 'the scenario' : `--point ${id}`,
    expected: 'a scenario of one point, or one point of it',
    received: listPoints(plan.points).join('\n'),
    remedy: 'Choose a point with --point N, or narrow the scenario with --set.',
  })
}

function unknownCameras(): UserError {
  return new UserError('a live gate cannot measure a load with ofCeiling', {
    where: 'load.ofCeiling',
    expected: 'a number of cameras, the same for both servers',
    remedy: 'Set the load, for example `--set load="{ kind: cameras, cameras: 4, fps: 5 }"`.',
  })
}

/**
 * The metrics that are gated at a point: those that the user gave, or the defaults.
 *
 * @throws UserError (exit 2) for a metric that cannot exist at this point
 */
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
        : 'a camera load, because closed load captures no frames',
    received: missing.name === 'goodputFps' ? 'no slo' : 'closed load',
    remedy: `Remove ${missing.name}, or change the scenario.`,
  })
}

/** `1: batchSize=1`, `2: batchSize=4`: the settings in which the points differ. */
function listPoints(points: readonly Point[]): string[] {
  const settings = differingSettings(points.map(({ id: _, ...settings }) => settings))
  return points.map(({ id }, i) => {
    const own = settings.flatMap(({ name, values }) =>
      values[i] === undefined ? [] : [`${name}=${values[i]}`],
    )
    return `${id}: ${own.join(' ')}`
  })
}
