import { mean, quantile, sampleWithReplacement } from 'simple-statistics'
import { seededRandom } from '../../system/seeded-random.js'
import { gatedMetrics } from '../../analysis/gated-metric.js'
import type { RepetitionPair } from '../../analysis/repetition-metrics.js'
import { gateDesign } from './gate-design.js'
import type { MetricDecision } from './metric-decision.js'
import { verdictOfInterval } from './verdict-of-interval.js'
import { worseBy } from './worse-by.js'

const resamples = 2000

/**
 * One look at the error rate, as the absolute difference of the shares. The statistic is the mean over pairs, not
 * the median: errors come in bursts, and the median of "none, none, 30 %, none …" is none. Its 98 % interval is a
 * seeded bootstrap over pairs, because the requests of one repetition fail together.
 */
export function decideErrorRate(pairs: readonly RepetitionPair[], seed: number): MetricDecision {
  const metric = gatedMetrics.errorRate
  const { floor } = metric
  const values = pairs.map((pair) => worseBy(metric, pair)).filter((value) => value !== undefined)
  if (values.length < gateDesign.looks[0])
    return { metric, verdict: 'INCONCLUSIVE', pairs: values.length, floor }
  const random = seededRandom(seed)
  const means = Array.from({ length: resamples }, () =>
    mean(sampleWithReplacement(values, values.length, random)),
  )
  const estimate = mean(values)
  const low = quantile(means, gateDesign.tail)
  const high = quantile(means, 1 - gateDesign.tail)
  return {
    metric,
    verdict: verdictOfInterval({ estimate, low, high, floor }),
    pairs: values.length,
    baseline: mean(pairs.map(({ baseline }) => baseline.values.errorRate ?? 0)),
    candidate: mean(pairs.map(({ candidate }) => candidate.values.errorRate ?? 0)),
    estimate,
    low,
    high,
    floor,
  }
}
