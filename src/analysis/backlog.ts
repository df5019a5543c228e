import jStat from 'jstat'
import { linearRegression, mean } from 'simple-statistics'
import { Outcome } from '../run/record.js'
import type { Fold } from './fold.js'

/** Outcomes of frames that the server finished. Dropped, aborted and timed-out frames were never served. */
const isServed = new Uint8Array(256)
isServed[Outcome.ok] = 1
isServed[Outcome['http-error']] = 1
isServed[Outcome['bad-response']] = 1
isServed[Outcome['connection-error']] = 1

const parts = 10
/** Two-sided 1 %; the regression takes two degrees of freedom. */
const criticalT = jStat.studentt.inv(0.995, parts - 2)
/** Growth over the window below this share of the frames captured is too small to call the server overloaded. */
export const smallestGrowthShare = 0.02

export interface Backlog {
  /** Mean frames captured and not yet served, in ten equal parts of the window. */
  levels: number[]
  growthPerS: number
  growing: boolean
}

/**
 * Decides if the backlog (frames captured − frames served) grows, by a regression of its levels in ten equal parts of
 * the window on time. It grows if the slope is significant at 1 % *and* the growth over the window exceeds 2 % of the
 * frames captured and two batches. Levels of a queue near saturation are correlated, so significance alone would
 * classify a stable server as overloaded.
 */
export function measureBacklog(window: {
  startUs: number
  endUs: number
  batchSize: number
}): Fold<Backlog | undefined> {
  const lengthUs = window.endUs - window.startUs
  const partUs = lengthUs / parts
  const waitingUs = new Float64Array(parts)
  let isCamera = false
  let captured = 0
  return {
    add({ frames }) {
      if (frames.count === 0 || !(lengthUs > 0)) return
      isCamera = true
      const { count, capturedUs, answeredUs, outcome } = frames
      for (let i = 0; i < count; i++) {
        const fromUs = capturedUs[i]!
        const us = answeredUs[i]!
        const toUs = isServed[outcome[i]!] === 1 && !Number.isNaN(us) ? us : window.endUs
        if (fromUs >= window.startUs && fromUs < window.endUs) captured++
        // Most frames wait within one part. Neighbours are not looked at if they are further away than any rounding.
        const within = Math.floor((fromUs - window.startUs) / partUs)
        const startUs = window.startUs + within * partUs
        if (within >= 0 && within < parts && fromUs > startUs + 1 && toUs < startUs + partUs - 1) {
          if (toUs > fromUs) waitingUs[within]! += toUs - fromUs
          continue
        }
        // One part more on each side, because the division rounds.
        const first = Math.max(0, Math.floor((fromUs - window.startUs) / partUs) - 1)
        const last = Math.min(parts - 1, Math.floor((toUs - window.startUs) / partUs) + 1)
        for (let part = first; part <= last; part++) {
          const start = window.startUs + part * partUs
          const overlap = Math.min(toUs, start + partUs) - Math.max(fromUs, start)
          if (overlap > 0) waitingUs[part]! += overlap
        }
      }
    },
    result() {
      if (!isCamera) return undefined
      const levels = [...waitingUs].map((us) => us / partUs)
      const { slope, t } = trend(levels)
      const growth = slope * parts
      return {
        levels,
        growthPerS: growth / (lengthUs / 1e6),
        growing: t > criticalT && growth > Math.max(smallestGrowthShare * captured, 2 * window.batchSize),
      }
    },
  }
}

function trend(levels: number[]): { slope: number; t: number } {
  const { m: slope, b: start } = linearRegression(levels.map((level, i) => [i, level]))
  const squares = levels.reduce((sum, level, i) => sum + (level - start - slope * i) ** 2, 0)
  const middle = mean(levels.map((_, i) => i))
  const spread = levels.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
  const error = Math.sqrt(squares / (levels.length - 2) / spread)
  return { slope, t: error === 0 ? (slope > 0 ? Number.POSITIVE_INFINITY : 0) : slope / error }
}
