import { median } from 'simple-statistics'
import { computePercentile, type Interval } from './percentile.js'

/** One number with its uncertainty: the range of the repetitions, or the interval of a percentile. */
export interface Figure extends Interval {
  value: number
  repetitions: number
  /** The smallest share by which it can differ from another figure, where it is counted in whole batches. */
  resolution?: number | undefined
}

/** One figure over the repetitions of a point. */
export interface Spread {
  median: number
  min: number
  max: number
  repetitions: number
  /** 95 % interval of the median, from eight repetitions on. */
  interval?: Interval
}

/** Fewer repetitions give a range only: a nominal 95 % interval from three would cover about 73 %. */
export const repetitionsForInterval = 8

/** Undefined if no repetition has the figure. */
export function computeSpread(values: (number | undefined)[]): Spread | undefined {
  const known = Float64Array.from(values.filter((value) => value !== undefined)).toSorted()
  if (known.length === 0) return undefined
  const spread: Spread = {
    median: median([...known]),
    min: known[0]!,
    max: known.at(-1)!,
    repetitions: known.length,
  }
  const interval = known.length >= repetitionsForInterval ? computePercentile(known, 0.5) : undefined
  if (interval !== undefined) spread.interval = { low: interval.low, high: interval.high }
  return spread
}

/** The median with the range of the repetitions. */
export function spreadFigure(spread: Spread | undefined): Figure | undefined {
  return (
    spread && { value: spread.median, low: spread.min, high: spread.max, repetitions: spread.repetitions }
  )
}
