import { percentileRank } from '../analysis/percentile.js'
import { metricNames, metrics, type Metric, type MetricName } from '../scenario/grammar/metric.js'

export interface GatedMetric extends Pick<Metric, 'unit' | 'better' | 'load'> {
  name: MetricName
  /** `ratio`: compared as ln(candidate ÷ baseline); `difference`: errors are rare or none, so no ratio exists. */
  compare: 'ratio' | 'difference'
  /**
   * The smallest change that counts, as a change of the figure itself: 0.03 is a throughput that falls by 3 %, or a latency
   * that rises by 3 %; for errorRate 0.001 is 0.1 percentage points.
   */
  floor: number
  /** 0.99 for a p99; undefined for a metric that is not a percentile. */
  percentile?: number | undefined
}

/**
 * Throughput 3 %, medians 5 %, tails 10 %, errors 0.1 percentage points; docs/gate.md says why. A machine that is noisier than
 * this raises it. Undefined for metrics that no gate compares.
 */
function floorOf({ unit, from }: Metric): number | undefined {
  if ('latency' in from) return from.percentile === 'p50' ? 0.05 : 0.1
  if ('framesShare' in from) return from.framesShare === 'failed' ? 0.001 : undefined
  return unit === 'fps' ? 0.03 : undefined
}

/** The metrics that a gate can compare, in the order of the metrics. */
export const gatedMetrics: readonly GatedMetric[] = metricNames.flatMap((name) => {
  const metric: Metric = metrics[name]
  const { unit, better, load, from } = metric
  const floor = floorOf(metric)
  return floor === undefined
    ? []
    : {
        name,
        unit,
        better,
        load,
        floor,
        compare: unit === 'share' ? 'difference' : 'ratio',
        ...('percentile' in from && { percentile: percentileRank(from.percentile) }),
      }
})

/** @throws where no gate compares it */
export function gatedMetric(name: MetricName): GatedMetric {
  const metric = gatedMetrics.find((one) => one.name === name)
  if (metric === undefined) throw new Error(`no gate compares ${name}`)
  return metric
}

type Direction = Pick<GatedMetric, 'better' | 'compare'>

/**
 * A worsening of the figure itself as decisions contain it: for a ratio |ln(1 − share)| of a metric that falls and
 * ln(1 + share) of one that rises, else the difference. Positive is worse.
 */
export function logOfWorsening({ better, compare }: Direction, share: number): number {
  if (compare === 'difference') return share
  return better === 'higher' ? -Math.log1p(-share) : Math.log1p(share)
}

/** The inverse of `logOfWorsening`: by which share of the baseline the figure is worse. */
export function worseningShare({ better, compare }: Direction, log: number): number {
  if (compare === 'difference') return log
  return better === 'higher' ? -Math.expm1(-log) : Math.expm1(log)
}
