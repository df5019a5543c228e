import { withoutLateness } from '../../analysis/lateness.js'
import type { RepetitionPair } from '../../analysis/metrics.js'
import { plural } from '../../system/plural.js'
import { isDecidable, decideMetric } from '../decision/decide-metric.js'
import { passLimit } from '../decision/decide-ratio.js'
import { gateDesign } from '../decision/gate-design.js'
import { decideMetricTwice, type MetricDecision } from '../decision/metric-decision.js'
import { worseningShare, type GatedMetric } from '../gated-metric.js'

/** Decides all metrics on the pairs so far. */
export function decidePairs(
  metrics: readonly GatedMetric[],
  pairs: readonly RepetitionPair[],
  seed: number,
): MetricDecision[] {
  const gatedMetrics = metrics.filter(({ compare }) => compare === 'ratio').length
  const evidence = { measured: pairs, without: pairsWithoutLateness(pairs) }
  return metrics.map((metric) =>
    decideMetricTwice(evidence, (some) => decideMetric(metric, some, { gatedMetrics, seed })),
  )
}

/** Undefined if no request was late. */
function pairsWithoutLateness(pairs: readonly RepetitionPair[]): RepetitionPair[] | undefined {
  const baselines = withoutLateness(pairs.map(({ baseline }) => baseline))
  const candidates = withoutLateness(pairs.map(({ candidate }) => candidate))
  if (baselines === undefined && candidates === undefined) return undefined
  return pairs.map(({ baseline, candidate }, i) => ({
    baseline: baselines?.[i] ?? baseline,
    candidate: candidates?.[i] ?? candidate,
  }))
}

/** Whether the gate can end: a metric failed, or more pairs would change nothing. */
export function isDecided(decisions: readonly MetricDecision[], pairs: readonly RepetitionPair[]): boolean {
  const open = decisions.filter((decision) => isOpen(decision) && isDecidable(decision.metric, pairs))
  return open.length === 0 || decisions.some(({ verdict }) => verdict === 'FAIL')
}

/** More pairs may decide it. A metric that is undecided only without lateness is not decided either. */
function isOpen({ verdict, verdictAsMeasured, withoutLateness: other }: MetricDecision): boolean {
  return [verdict, verdictAsMeasured, other?.verdict].includes('INCONCLUSIVE')
}

/** Why the gate ended. */
export interface GateEnd {
  pairs: number
  /** Seconds that the pairs took, with the starts of their processes. */
  seconds: number
  /** Seconds of the budget that had passed before the first pair. */
  beforeS: number
  /** Whether the time was up before the last look. */
  outOfTime: boolean
}

/** Says why a metric is still open, and what would decide it. */
export function explainOpen(
  decision: MetricDecision,
  all: readonly MetricDecision[],
  end: GateEnd,
): MetricDecision {
  if (decision.verdict !== 'INCONCLUSIVE' || decision.reason !== undefined) return decision
  const failed = all.filter(({ verdict }) => verdict === 'FAIL').map(({ metric }) => metric.name)
  const reason =
    failed.length > 0
      ? `not decided: the gate stopped after ${plural(end.pairs, 'pair')} because ${failed.join(' and ')} failed`
      : openReason(decision, end)
  return { ...decision, reason }
}

function openReason(decision: MetricDecision, end: GateEnd): string {
  const { metric, noise, floor } = decision
  const [least] = gateDesign.looks
  if (end.pairs < least)
    return (
      `${end.pairs === 0 ? 'no pair' : `only ${plural(end.pairs, 'pair')}`} could be measured within the budget, and a decision ` +
      `needs ${least}. ` +
      moreTime(least, end)
    )
  const limit = passLimit(metric)
  if (noise !== undefined && floor > limit) {
    return (
      `repetitions vary by ${(100 * worseningShare(metric, noise)).toFixed(0)} % on this machine, and above ` +
      `${(100 * worseningShare(metric, limit)).toFixed(0)} % nothing can pass. Close other programs, or measure longer.`
    )
  }
  const needed = pairsToDecide(decision)
  const ways =
    needed <= gateDesign.looks.at(-1)! && end.outOfTime
      ? `About ${needed} pairs would decide it. ${moreTime(needed, end)}`
      : `The change is close to the smallest change that counts. Measure longer windows (measure.durationS), or count only a ` +
        `larger change, such as --metrics ${metric.name}:${Math.ceil(200 * metric.floor)}%.`
  return `after ${plural(end.pairs, 'pair')} the interval still includes the smallest change that counts. ${ways}`
}

function moreTime(pairs: number, end: GateEnd): string {
  // A tenth more, because the next pairs are not like these.
  const pairsS = 1.1 * pairs * (end.seconds / Math.max(1, end.pairs))
  const minutes = Math.ceil((end.beforeS + pairsS) / 60)
  return `Give it more time with --budget ${minutes}m.`
}

/**
 * About how many pairs decide a metric whose estimate stays where it is: an interval narrows with the square root of the
 * number of pairs.
 */
function pairsToDecide({ metric, pairs, estimate, low, high, floor }: MetricDecision): number {
  if (estimate === undefined) return Number.POSITIVE_INFINITY
  const limit = Math.min(floor, passLimit(metric))
  const isWorse = estimate >= limit
  const end = isWorse ? low : high
  if (end === undefined) return Number.POSITIVE_INFINITY
  const width = Math.abs(end - estimate)
  const room = Math.abs(isWorse ? estimate : limit - estimate)
  return Math.ceil(pairs * (width / room) ** 2)
}
