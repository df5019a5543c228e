import { max, mean, min } from 'simple-statistics'
import type { Point } from '../scenario/plan/plan.js'
import { Outcome } from '../run/record.js'
import type { Fold } from './fold.js'

const subWindows = 3
/** 95 % of the ranges of three normal values are below this many standard deviations (studentised range, k = 3). */
const rangeOfThree = 3.31

export interface Stability {
  /** Frames answered per second in three equal parts of the window. */
  fps: number[]
  stable: boolean
}

/**
 * Perf Analyzer's rule: three consecutive windows within 10 % of each other. Answers come in whole batches, so a
 * difference of two batches is always allowed. Under camera load, the number of frames in a part is partly chance, so a
 * difference that a Poisson process would show is allowed too.
 */
export function measureStability(
  window: { fromUs: number; toUs: number },
  { batching: { batchSize }, load }: Pick<Point, 'batching' | 'load'>,
): Fold<Stability | undefined> {
  const partUs = (window.toUs - window.fromUs) / subWindows
  const counts = Array.from({ length: subWindows }, () => 0)
  return {
    add({ requests }) {
      for (let row = 0; row < requests.count; row++) {
        if (requests.outcome[row] !== Outcome.ok) continue
        const part = Math.ceil((requests.answeredUs[row]! - window.fromUs) / partUs) - 1
        if (part >= 0 && part < subWindows) counts[part]! += requests.frames[row]!
      }
    },
    result() {
      if (!(partUs > 0)) return undefined
      const countingNoise = load.kind === 'cameras' ? rangeOfThree * Math.sqrt(mean(counts)) : 0
      const allowed = Math.max(0.1 * max(counts), 2 * batchSize, countingNoise)
      return {
        fps: counts.map((frames) => frames / (partUs / 1e6)),
        stable: max(counts) - min(counts) <= allowed,
      }
    },
  }
}
