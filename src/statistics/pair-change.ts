import type { ReportedPercentile } from './latency-summary.js'
import type { PointPair } from './run-difference.js'

/** How run B differs from run A in one figure of a point. */
export interface Change {
  /** B ÷ A of the medians or pooled percentiles. */
  ratio: number
  /** What the ranges of both allow for. */
  low: number
  high: number
  /** The ranges do not meet. */
  apart: boolean
}

interface Figure {
  value: number
  low: number
  high: number
}

export function fpsChange({ a, b }: PointPair): Change | undefined {
  return change(fpsFigure(a), fpsFigure(b))
}

function fpsFigure({ fps }: PointPair['a']): Figure | undefined {
  return fps && { value: fps.median, low: fps.min, high: fps.max }
}

/** Frame latency under camera load, else request latency. */
export function latencyChange({ a, b }: PointPair, percentile: ReportedPercentile): Change | undefined {
  return change(
    (a.frameLatency ?? a.requestLatency)[percentile],
    (b.frameLatency ?? b.requestLatency)[percentile],
  )
}

function change(a: Figure | undefined, b: Figure | undefined): Change | undefined {
  if (a === undefined || b === undefined || a.value === 0 || a.low === 0) return undefined
  const [low, high] = [b.low / a.high, b.high / a.low]
  return { ratio: b.value / a.value, low, high, apart: low > 1 || high < 1 }
}
