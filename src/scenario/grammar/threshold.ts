import type { PointSettingName } from '../plan/point-settings.js'
import type { MetricName } from './metric.js'

export const operators = ['<=', '>=', '<', '>'] as const
export type Operator = (typeof operators)[number]

/** Picks the points of one setting; `column` is its column in points.csv. */
export interface Selector {
  column: PointSettingName
  value: string
}

/** `fps >= 30 where mode=server, batchSize=4`, read. */
export interface Threshold {
  /** As written. */
  text: string
  metric: MetricName
  operator: Operator
  /** In the metric's own unit: fps, ms, frames, or a share (0.1 % is 0.001). */
  limit: number
  /** All must hold; empty means every point. */
  selectors: Selector[]
}
