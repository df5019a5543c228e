import { mean, median, quantile, sampleWithReplacement } from 'simple-statistics'
import { gatedMetric, logOfWorsening, type GatedMetric } from '../gated-metric.js'
import type { RepetitionPair } from '../../analysis/metrics.js'
import { decideRatio, worseBy } from './decide-ratio.js'
import { gateDesign } from './gate-design.js'
import { verdictOfInterval, type OneDecision } from './metric-decision.js'
import { tooFewRequests } from './too-few-requests.js'
import { seededRandom } from '../../system/seeded-random.js'

/**
 * Decides one metric sequentially: the first look at which it is FAIL or PASS stands, and later pairs do not reopen it. The
 * last pair is always looked at, because a gate may end between two looks. Depends on nothing but the pairs, in the order in
 * which they were measured.
 */
export function decideMetric(
  metric: GatedMetric,
  pairs: readonly RepetitionPair[],
  { gatedMetrics, seed }: { gatedMetrics: number; seed: number },
): OneDecision {
  const least = gateDesign.looks[0]
  const looks =
    pairs.length < least ? [] : [...gateDesign.looks.filter((look) => look < pairs.length), pairs.length]
  let decision: OneDecision | undefined
  for (const look of looks) {
    const seen = pairs.slice(0, look)
    decision =
      metric.compare === 'ratio' ? decideRatio(metric, seen, gatedMetrics) : decideErrorRate(seen, seed)
    if (decision.verdict !== 'INCONCLUSIVE') return decision
  }
  decision ??= {
    metric,
    verdict: 'INCONCLUSIVE',
    pairs: pairs.length,
    floor: logOfWorsening(metric, metric.floor),
  }
  const reason = openReason(metric, pairs, decision)
  return reason === undefined ? decision : { ...decision, reason }
}

/** Whether more pairs can decide a metric: not if no pair so far has it. */
export function isDecidable(metric: GatedMetric, pairs: readonly RepetitionPair[]): boolean {
  return pairs.some(
    ({ baseline, candidate }) =>
      baseline.values[metric.name] !== undefined && candidate.values[metric.name] !== undefined,
  )
}

function openReason(
  metric: GatedMetric,
  pairs: readonly RepetitionPair[],
  { pairs: usable, estimate }: OneDecision,
): string | undefined {
  if (estimate !== undefined || pairs.length < gateDesign.looks[0]) return undefined
  const missing = `${metric.name} is known in only ${usable} of ${pairs.length} pairs`
  const sides = pairs.flatMap(({ baseline, candidate }) => [baseline, candidate])
  const requests = median(sides.map(({ requestsOk }) => requestsOk))
  const perSecond = median(sides.map(({ requestsOk, durationS }) => requestsOk / durationS))
  return tooFewRequests(metric, { requests, perSecond }) ?? missing
}

const resamples = 2000

/**
 * Decides the error rate at one look, as the absolute difference of the shares. The statistic is the mean over pairs, not
 * the median: errors come in bursts, and the median of "none, none, 30 %, none …" is none. Its 98 % interval is a seeded
 * bootstrap over pairs, because the requests of one repetition fail together.
 */
function decideErrorRate(pairs: readonly RepetitionPair[], seed: number): OneDecision {
  const metric = gatedMetric('errorRate')
  const { floor } = metric
  const values = pairs.map((pair) => worseBy(metric, pair)).filter((value) => value !== undefined)
  if (values.length < gateDesign.looks[0])
    return { metric, verdict: 'INCONCLUSIVE', pairs: values.length, floor }
  const random = seededRandom(seed)
  const means = Array.from({ length: resamples }, () =>
    mean(sampleWithReplacement(values, values.length, random)),
  )
  const estimate = mean(values)
  const low = quantile(means, gateDesign.failTail)
  const high = quantile(means, 1 - gateDesign.failTail)
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
