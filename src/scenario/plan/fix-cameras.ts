import { stringify } from 'safe-stable-stringify'
import { mostCameras } from '../schema/load.js'
import { nameByDifferences } from './differing-settings.js'
import { expectedS } from './expected-time.js'
import { allPoints, phaseSeed, type CeilingLoad, type CeilingPoint, type Plan, type Point } from './plan.js'

/** The highest FPS of closed points, and the point that has it. */
export type Ceiling = NonNullable<CeilingPoint['ceiling']>

/**
 * The plan with a number of cameras for each point whose ceiling is known. Points that become equal are merged into the
 * first of them. Numbers that were fixed before stay.
 *
 * @param ceilingOf undefined if the ceiling of a point is not known
 */
export function fixCameras(plan: Plan, ceilingOf: (point: CeilingPoint) => Ceiling | undefined): Plan {
  const names = new Map(nameByDifferences(allPoints(plan)))
  const fixed = new Map<number, Point>()
  const kept = new Map(plan.points.map((point) => [settingsKey(point), point]))
  const into = new Map<number, { cell: string; reason: string; point: number }>()
  const ofCeiling = (plan.ofCeiling ?? []).map((pending) => {
    const ceiling = pending.ceiling === undefined ? ceilingOf(pending) : undefined
    if (ceiling === undefined) return pending
    const point = withCameras(pending, ceiling)
    const same = kept.get(settingsKey(point))
    if (same === undefined) kept.set(settingsKey(point), point)
    else {
      const reason = 'the shares of the ceiling give the same number of cameras'
      into.set(point.id, { cell: names.get(point.id) ?? '', reason, point: same.id })
    }
    fixed.set(point.id, point)
    return { ...pending, ceiling }
  })
  const points = [...kept.values()].toSorted((a, b) => a.id - b.id)
  const merged = [
    ...plan.merged.map((one) => ({ ...one, point: into.get(one.point ?? 0)?.point ?? one.point })),
    ...into.values(),
  ]
  const order = plan.order
    .filter(({ point }) => !into.has(point))
    .map((planned) => {
      const load = fixed.get(planned.point)?.load
      if (load?.kind !== 'cameras') return planned
      return { ...planned, phaseSeed: phaseSeed(plan.seed, load.cameras, planned.repetition) }
    })
  return { ...plan, points, ofCeiling, order, merged, expectedS: expectedS({ points, ofCeiling, order }) }
}

/** Whole edge devices, at least one: the same number in each batching mode. */
function withCameras({ ceiling: _, load, ...point }: CeilingPoint, { fps }: Ceiling): Point {
  const { ofCeiling: __, ...others } = load
  return { ...point, load: { ...others, cameras: camerasOfCeiling(load, fps) } }
}

function camerasOfCeiling({ ofCeiling, fps, camerasPerClient }: CeilingLoad, ceilingFps: number): number {
  const most = Math.min(mostCameras, (ofCeiling * ceilingFps) / fps)
  return Math.max(1, Math.floor(most / camerasPerClient)) * camerasPerClient
}

function settingsKey({ id: _, ...settings }: Point): string {
  return stringify(settings)
}
