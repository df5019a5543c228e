import { median } from 'simple-statistics'
import type { Spread } from './spread.js'

/**
 * With one or two repetitions nothing below this is called: the same settings drifted by about 5 % from run to
 * run on a real TorchServe, and the ranges of two times two repetitions miss each other by chance one time in three.
 */
const driftOfFewRepetitions = 0.05
/** With more, nothing below this: too little to choose a mode for, and three by three still miss one time in ten. */
const smallestDifference = 0.02

interface Figure {
  value: number
  low: number
  high: number
  repetitions: number
}

export interface CalledDifference {
  /** The larger figure over the smaller, and what their ranges allow for. */
  ratio: { value: number; low: number; high: number }
  /** Advantage that a difference has to exceed to be called, as a share. */
  floor: number
  /** Whether it is one: the ranges do not meet, and it exceeds the floor. */
  called: boolean
}

/** @param noise usual distance between repetitions of one point, as a share */
export function calledDifference(a: Figure, b: Figure, noise: number): CalledDifference {
  const [large, small] = a.value > b.value ? [a, b] : [b, a]
  const ratio = {
    value: large.value / small.value,
    low: large.low / small.high,
    high: large.high / small.low,
  }
  const fewest = Math.min(a.repetitions, b.repetitions)
  const floor = Math.max(noise, fewest < 3 ? driftOfFewRepetitions : smallestDifference)
  return { ratio, floor, called: ratio.low > 1 && ratio.value - 1 > floor }
}

/** The usual distance between repetitions of one point, as a share; single repetitions tell none. */
export function noiseOf(spreads: (Spread | undefined)[]): number {
  const ranges = spreads.flatMap((spread) =>
    spread === undefined || spread.repetitions < 2 || spread.median === 0
      ? []
      : [(spread.max - spread.min) / spread.median],
  )
  return ranges.length === 0 ? 0 : median(ranges)
}
