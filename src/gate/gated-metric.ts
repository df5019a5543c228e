import { percentileRank } from '../analysis/latency-summary.js'
import type { Metric, MetricName } from '../scenario/grammar/metric.js'
import { metrics } from '../scenario/grammar/metric.js'

/**
 * The metrics that a gate can compare, each with the smallest change that matters: 0.03 is 3 % worse, for errorRate 0.001
 * is 0.1 percentage points. Throughput 3 %, medians 5 %, tails 10 %; docs/gate.md says why. A machine that is noisier
 * than this raises it.
 */
const floors = {
  fps: 0.03,
  goodputFps: 0.03,
  requestLatencyP50Ms: 0.05,
  requestLatencyP99Ms: 0.1,
  frameLatencyP50Ms: 0.05,
  frameLatencyP95Ms: 0.1,
  frameLatencyP99Ms: 0.1,
  errorRate: 0.001,
} satisfies Partial<Record<MetricName, number>>

export type GatedMetricName = keyof typeof floors

export interface GatedMetric extends Pick<Metric, 'unit' | 'better' | 'load'> {
  name: GatedMetricName
  /** `ratio`: compared as ln(candidate ÷ baseline); `difference`: errors are rare or none, so no ratio exists. */
  compare: 'ratio' | 'difference'
  floor: number
  /** 0.99 for a p99; undefined for a metric that is not a percentile. */
  percentile?: number | undefined
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object that is written above
export const gatedMetricNames = Object.keys(floors) as GatedMetricName[]

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each name
export const gatedMetrics = Object.fromEntries(
  gatedMetricNames.map((name) => [name, gatedMetric(name)]),
) as Record<GatedMetricName, GatedMetric>

function gatedMetric(name: GatedMetricName): GatedMetric {
  const { unit, better, load, from }: Metric = metrics[name]
  return {
    name,
    unit,
    better,
    load,
    compare: unit === 'share' ? 'difference' : 'ratio',
    floor: floors[name],
    ...('percentile' in from && { percentile: percentileRank(from.percentile) }),
  }
}
