import { calledDifference } from './called-difference.js'
import type { LatencySummary, ReportedPercentile } from './latency-summary.js'
import type { PointPair } from './run-difference.js'

/** How run B differs from run A in one figure of a point. */
export interface Change {
  /** B ÷ A of the medians or pooled percentiles. */
  ratio: number
  /** More than the ranges and the drift from run to run allow for. */
  called: boolean
}

interface Figure {
  value: number
  low: number
  high: number
  repetitions: number
}

export function fpsChange({ a, b }: PointPair): Change | undefined {
  return change(fpsFigure(a), fpsFigure(b))
}

/** Frame latency under camera load, else request latency. */
export function latencyChange({ a, b }: PointPair, percentile: ReportedPercentile): Change | undefined {
  return change(latencyFigure(a, percentile), latencyFigure(b, percentile))
}

export function latencyOfPair({ frameLatency, requestLatency }: PointPair['a']): LatencySummary {
  return frameLatency ?? requestLatency
}

function fpsFigure({ fps }: PointPair['a']): Figure | undefined {
  return fps && { value: fps.median, low: fps.min, high: fps.max, repetitions: fps.repetitions }
}

function latencyFigure(point: PointPair['a'], name: ReportedPercentile): Figure | undefined {
  const percentile = latencyOfPair(point)[name]
  return percentile && { ...percentile, repetitions: point.repetitionsUsed }
}

function change(a: Figure | undefined, b: Figure | undefined): Change | undefined {
  if (a === undefined || b === undefined || a.low === 0 || b.low === 0) return undefined
  return { ratio: b.value / a.value, called: calledDifference(a, b, 0).called }
}
