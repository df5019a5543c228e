import type { ThresholdMetricName } from './threshold-metric.js'

export const operators = ['<=', '>=', '<', '>'] as const
export type Operator = (typeof operators)[number]

/** The settings of a point by which a threshold can pick the points that it means: columns of points.csv. */
export const selectorColumns = [
  'point',
  'mode',
  'batchSize',
  'framesPerRequest',
  'serverBatchSize',
  'maxBatchDelayMs',
  'encoding',
  'load',
  'framesInFlight',
  'cameras',
  'cameraFps',
] as const
export type SelectorColumn = (typeof selectorColumns)[number]

export interface Selector {
  column: SelectorColumn
  value: string
}

/** `fps >= 30 where mode=server, batchSize=4`, read. */
export interface Threshold {
  /** As written. */
  text: string
  metric: ThresholdMetricName
  operator: Operator
  /** In the metric's own unit: fps, ms, frames, or a share (0.1 % is 0.001). */
  limit: number
  /** All must hold; empty means every point. */
  selectors: Selector[]
}
