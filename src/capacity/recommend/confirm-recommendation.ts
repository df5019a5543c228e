import { stableKey } from '../../analysis/point-identity.js'
import type { RunWriter } from '../../run/run-writer.js'
import { confirmingMeasure } from '../../scenario/plan/confirming-run.js'
import { phaseSeed, type Plan, type PlannedMeasurement, type Point } from '../../scenario/plan/plan.js'
import { UserError } from '../../system/user-error.js'
import { singleDrawCriteria } from '../verdict/capacity-criteria.js'
import { requestsToPass } from '../verdict/late-share.js'
import { isRefuted, type Recommendation } from './recommendation.js'

/**
 * Measures the recommended setting with as many cameras as it is predicted to carry, after the plan of a run: one run, and
 * a second one with fewer cameras if the first one does not hold. Does nothing if that was done before.
 *
 * A confirming run that cannot be made does not fail the run: the recommendation then says that it is a prediction.
 */
export async function confirmRecommendation(
  writer: Pick<RunWriter, 'manifest' | 'addPlanned'>,
  {
    recommend,
    measure,
  }: {
    /** The recommendation by all measurements so far. */
    recommend: () => Promise<Recommendation | undefined>
    /** @returns false if the run was interrupted */
    measure: (point: Point, planned: PlannedMeasurement) => Promise<boolean>
  },
): Promise<void> {
  for (;;) {
    const recommendation = await recommend()
    const next = recommendation && nextConfirmingRun(recommendation, writer.manifest.plan)
    if (next === undefined) return
    writer.addPlanned(next.point, next.planned)
    try {
      if (!(await measure(next.point, next.planned))) return
    } catch (error) {
      if (error instanceof UserError) return
      throw error
    }
  }
}

/** Share of the cameras of a confirming run that did not hold, with which the second one is made. */
const secondShare = 0.9

/** The next run that confirms a recommendation, as a point of the plan; undefined if none is needed. */
export function nextConfirmingRun(
  { setting, confirmations, load, slo }: Recommendation,
  plan: Plan,
): { point: Point; planned: PlannedMeasurement } | undefined {
  if (setting.basis !== 'predicted') return undefined
  const cameras = nextCameras(setting, confirmations)
  // The points of an analysis have no paths.
  const base = plan.points.find(({ id }) => id === setting.point.id)
  if (cameras === undefined || base === undefined) return undefined
  const { lateShare } = singleDrawCriteria(slo)
  const requestsPerS = (cameras * load.fps) / setting.framesPerRequest
  const measure = confirmingMeasure(base.measure, requestsToPass(requestsOver, lateShare) / requestsPerS)
  const point: Point = {
    ...base,
    purpose: 'confirming',
    load: { ...setting.point.load, cameras },
    slo,
    measure,
  }
  const known = plan.points.find((one) => isSameRun(one, point))
  const id = known?.id ?? Math.max(...[...plan.points, ...(plan.ofCeiling ?? [])].map((one) => one.id)) + 1
  return {
    point: { ...point, id },
    planned: { point: id, repetition: 1, phaseSeed: phaseSeed(plan.seed, cameras, 1) },
  }
}

/** Requests over the SLO that a confirming run is long enough for. */
const requestsOver = 2

function nextCameras(
  { cameras, step }: Recommendation['setting'],
  confirmations: Recommendation['confirmations'],
): number | undefined {
  const [first, ...others] = confirmations
  if (first === undefined) return cameras
  if (others.length > 0 || !isRefuted(first.verdict)) return undefined
  const fewer = Math.min(first.cameras - step, Math.floor((secondShare * first.cameras) / step) * step)
  return fewer > 0 ? fewer : undefined
}

function isSameRun(one: Point, other: Point): boolean {
  const [left, right] = [one, other].map(({ id: _, measure: __, ...rest }) => stableKey(rest))
  return left === right
}
