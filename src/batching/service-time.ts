import type { Random } from '../system/seeded-random.js'

/**
 * Measured batch times in place of the formula: the mean time of a batch of `frames` frames, in ascending order of
 * `frames`.
 */
export interface ServiceTimePoint {
  frames: number
  ms: number
}

export interface ServiceTimeModel {
  /** t(b) = tauMs + alphaMs·b; ignored if a table is given. */
  tauMs: number
  alphaMs: number
  table?: readonly ServiceTimePoint[]
  /** Standard deviation as a share of t(b). */
  jitter: number
}

/** t(b) without jitter, in ms; b = frames over all rows of the batch. Between a table's points: linear. */
export function meanServiceMs(model: ServiceTimeModel, frames: number): number {
  const { table } = model
  if (table === undefined || table.length === 0) return model.tauMs + model.alphaMs * frames
  if (table.length === 1) return table[0]!.ms
  // Outside the table, its first or last segment is extended. A time is never negative.
  const above = table.findIndex((point) => point.frames >= frames)
  const upper = above < 0 ? table.length - 1 : Math.max(above, 1)
  const [from, to] = [table[upper - 1]!, table[upper]!]
  const slope = (to.ms - from.ms) / (to.frames - from.frames)
  return Math.max(0, from.ms + slope * (frames - from.frames))
}

/**
 * One draw of t(b) with normal jitter, truncated at three standard deviations so that no draw is extreme or negative.
 */
export function drawServiceMs(model: ServiceTimeModel, frames: number, random: Random): number {
  const meanMs = meanServiceMs(model, frames)
  return model.jitter === 0 ? meanMs : Math.max(0, meanMs * (1 + model.jitter * cutNormal(random)))
}

/** Standard normal by Box and Muller, redrawn beyond ±3. */
function cutNormal(random: Random): number {
  for (;;) {
    const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    if (Math.abs(z) <= 3) return z
  }
}
