import type { Point } from './plan.js'

/** Why a cell can't be measured; undefined where it can. */
export function impossibleReason({ batching, load }: Pick<Point, 'batching' | 'load'>): string | undefined {
  if (load.kind !== 'closed') return undefined
  const { framesPerRequest } = batching
  const { framesInFlight } = load
  if (framesPerRequest > framesInFlight) {
    return `framesPerRequest ${framesPerRequest} is above the ${framesInFlight} frames in flight`
  }
  if (framesInFlight % framesPerRequest !== 0) {
    return `${framesInFlight} frames in flight are not a multiple of framesPerRequest ${framesPerRequest}`
  }
  return undefined
}
