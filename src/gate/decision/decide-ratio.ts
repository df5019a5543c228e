import { median } from 'simple-statistics'
import type { GatedMetric } from '../../analysis/gated-metric.js'
import type { RepetitionPair } from '../../analysis/repetition-metrics.js'
import { gateDesign } from './gate-design.js'
import { medianInterval } from './median-interval.js'
import type { MetricDecision } from './metric-decision.js'
import { medianStandardError, minimumDetectableEffect } from './minimum-detectable-effect.js'
import { repetitionNoise } from './repetition-noise.js'
import { verdictOfInterval } from './verdict-of-interval.js'
import { worseBy } from './worse-by.js'

/**
 * One look at a ratio metric: the median of the pairs and its bootstrap interval, judged against the floor.
 *
 * One FAIL fails the gate, so its error is shared among the `gatedMetrics` (Bonferroni). The gate passes only if
 * each metric passes, and an intersection–union test needs no such correction (Berger, Technometrics 24, 1982):
 * the high end stays as it is, and a quiet machine needs fewer pairs to be believed.
 */
export function decideRatio(
  metric: GatedMetric,
  pairs: readonly RepetitionPair[],
  gatedMetrics: number,
): MetricDecision {
  const worse = pairs.map((pair) => worseBy(metric, pair))
  const usable = pairs.filter((_, i) => worse[i] !== undefined)
  // An even number, as the interval asks; of an odd one the newest pair waits for the next look.
  const count = usable.length - (usable.length % 2)
  if (count < gateDesign.looks[0])
    return { metric, verdict: 'INCONCLUSIVE', pairs: usable.length, floor: Math.log1p(metric.floor) }
  const values = worse.filter((value) => value !== undefined).slice(0, count)
  const used = usable.slice(0, count)
  const baseline = used.map((pair) => pair.baseline)
  const candidate = used.map((pair) => pair.candidate)
  const candidateValues = candidate.map(({ values }) => values[metric.name]!)
  const noise = repetitionNoise(metric, baseline, candidate) ?? 0
  const floor = Math.max(Math.log1p(metric.floor), noise)
  const passBelow = Math.log1p(gateDesign.floorsToPass * metric.floor)
  const estimate = median(values)
  const tail = gateDesign.tail / gatedMetrics
  const { low, high } = medianInterval(values, { below: tail, above: gateDesign.tail })
  return {
    metric,
    verdict: verdictOfInterval({ estimate, low, high, floor, passBelow }),
    pairs: count,
    baseline: median(baseline.map(({ values }) => values[metric.name]!)),
    candidate: median(candidateValues),
    candidateInterval: medianInterval(candidateValues, { below: gateDesign.tail, above: gateDesign.tail }),
    estimate,
    low,
    high,
    floor,
    noise,
    minimumDetectableEffect: minimumDetectableEffect({
      standardError: medianStandardError(noise, count),
      floor,
      tail,
    }),
  }
}
