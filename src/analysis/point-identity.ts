import { stringify } from 'safe-stable-stringify'
import { differingSettings } from '../scenario/plan/differing-settings.js'
import type { BatchingMode, PlannedPoint, Point } from '../scenario/plan/plan.js'

/** At batch size 1 the modes do not differ, so such a point belongs to the curve of each. */
export function batchingModes({ batching }: Pick<Point, 'batching'>): BatchingMode[] {
  return batching.batchSize === 1 ? ['server', 'client'] : [batching.mode]
}

/** The same text for the same data, whatever the order of its fields. */
export function stableKey(data: object): string {
  return stringify(data)
}

/** Equal for points with the same batching, encoding and protocol. */
export function batchingKey({ batching }: Pick<Point, 'batching'>): string {
  const { batchSize, encoding, protocol } = batching
  return stableKey(batchSize === 1 ? { encoding, protocol } : batching)
}

/**
 * Equal for points that differ in nothing but their batching and the amount of their load: only such points are shown
 * on the curves of one plot.
 */
export function surroundingsKey({ video, server, model, load, slo }: Point): string {
  const kept = Object.entries(load).filter(([field]) => field !== 'framesInFlight' && field !== 'cameras')
  return stableKey({ video, server, model, slo, load: Object.fromEntries(kept) })
}

/** Equal for points that differ in nothing but batching: only such points may be compared. */
export function loadKey({ video, server, model, load }: Point): string {
  return stableKey({ video, server, model, load })
}

/** One setting by its path in the scenario: `server.workers`. */
export interface SettingValue {
  name: string
  value: string
}

/** These settings have columns or names of their own wherever points are shown. */
const ownNames = new Set(['load.kind', 'load.framesInFlight', 'load.cameras', 'load.ofCeiling', 'load.fps'])

/**
 * The other settings in which these points differ, besides batching, number and rate of cameras, and frames in flight.
 * Returns a function from a point to its values of those settings.
 */
export function otherDifferences(points: readonly PlannedPoint[]): (point: PlannedPoint) => SettingValue[] {
  const differing = differingSettings(
    points.map(({ video, server, model, load, slo }) => ({ video, server, model, load, slo })),
  ).filter(({ path }) => !ownNames.has(path))
  const rows = new Map(points.map(({ id }, row) => [id, row]))
  return ({ id }) =>
    differing.flatMap(({ path, values }) => {
      const value = values[rows.get(id)!]
      return value === undefined ? [] : [{ name: path, value }]
    })
}

/**
 * The label of the server that each point was measured on. Servers with the same label, such as two embedded ones, are
 * distinguished by the settings in which they differ: `embedded (simulated) with tauMs=7`. The number of workers does
 * not make another server.
 */
export function distinctServerLabels(
  points: readonly Point[],
  labelOf: (point: Point) => string | undefined,
): Map<number, string> {
  const groups = groupBy(points, labelOf)
  groups.delete(undefined)
  return new Map(
    [...groups].flatMap(([label, some]) => {
      const settingsOf = otherDifferences(some)
      return some.map((point): [number, string] => {
        const differing = settingsOf(point).flatMap(({ name, value }) =>
          name.startsWith('server.') && name !== 'server.workers'
            ? [`${name.slice('server.'.length)}=${value}`]
            : [],
        )
        return [point.id, differing.length === 0 ? label! : `${label} with ${differing.join(', ')}`]
      })
    }),
  )
}

/** Groups in order of first appearance; Map.groupBy needs Node 21. */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
