import { checks } from './checks.js'
import type { PointSummary } from './point-summary.js'

/** Other programs used the machine at points that were compared, so their figures may not be the server's. */
export interface Disturbance {
  /** All points of the run at which they did, and the number of its points. */
  points: number[]
  of: number
  /** The most that they used at one of these points, as a share of the CPU time of the machine. */
  otherCpuShare: number
}

/**
 * Undefined if no compared point was disturbed. One disturbed repetition of three does not change a median, so the
 * median of the repetitions decides, by the limit of the check of a single measurement.
 */
export function findDisturbance(
  points: readonly PointSummary[],
  compared: readonly number[],
): Disturbance | undefined {
  const disturbed = points.flatMap(({ point, otherCpuShare = 0 }) =>
    otherCpuShare > checks['machine-shared'].limit ? [{ id: point.id, otherCpuShare }] : [],
  )
  if (!disturbed.some(({ id }) => compared.includes(id))) return undefined
  return {
    points: disturbed.map(({ id }) => id),
    of: points.length,
    otherCpuShare: Math.max(...disturbed.map((one) => one.otherCpuShare)),
  }
}
