import { ExitCode, UserError } from '../../system/user-error.js'
import { seededRandom, shuffled, type Random } from '../../system/seeded-random.js'
import { isDecidable, decideMetric } from '../decision/decide-metric.js'
import { gateDesign } from '../decision/gate-design.js'
import { decideMetricTwice, type MetricDecision } from '../decision/metric-decision.js'
import type { GatedMetric } from '../gated-metric.js'
import { withoutLateness } from '../../analysis/lateness.js'
import { nameFailure } from '../../run/failures.js'
import type { RepetitionMetrics, RepetitionPair } from '../../analysis/metrics.js'

/** One fresh repetition of one side; `pair` counts from 1 over all that are tried. */
export type MeasureSide = (side: Side, pair: number) => Promise<RepetitionMetrics>

/** Starts both servers for the next pair, outside the measured time. */
export type StartSides = () => Promise<void>

export interface PairsProgress {
  /** Pairs kept so far, of at most 20. */
  pairs: number
  atMost: number
  /** Known after each look (8, 12, 16, 20 pairs). */
  decisions: MetricDecision[]
}

export interface PairsOutcome {
  pairs: RepetitionPair[]
  /** Why pairs were discarded as INVALID, one text per pair. */
  discarded: string[]
  /** Whether so many pairs were INVALID that the gate gave up. */
  gaveUp: boolean
  decisions: MetricDecision[]
}

/**
 * Measures pairs in random order, looks at them after 8, 12, 16 and 20, and stops as soon as one metric fails or none
 * is left open. It has no server, clock or file of its own: the caller measures.
 */
export async function runPairs({
  metrics,
  seed,
  startSides,
  measureSide,
  onProgress,
}: {
  metrics: readonly GatedMetric[]
  seed: number
  startSides?: StartSides | undefined
  measureSide: MeasureSide
  onProgress?: ((progress: PairsProgress) => void) | undefined
}): Promise<PairsOutcome> {
  const atMost = gateDesign.looks.at(-1)!
  const order = pairOrder(atMost + gateDesign.maxDiscardedPairs, seededRandom(seed))
  const pairs: RepetitionPair[] = []
  const discarded: string[] = []
  let decisions: MetricDecision[] = []
  while (pairs.length < atMost) {
    const number = pairs.length + discarded.length + 1
    await startSides?.()
    const pair = await measurePair(measureSide, order[number - 1]!, number)
    const reasons = invalidReasons(pair)
    if (reasons !== undefined) {
      discarded.push(`pair ${number}: ${reasons}`)
      if (discarded.length > gateDesign.maxDiscardedPairs)
        return { pairs, discarded, gaveUp: true, decisions }
      continue
    }
    pairs.push(pair)
    const isLook = gateDesign.looks.some((look) => look === pairs.length)
    if (isLook) decisions = decideAll(metrics, pairs, seed)
    onProgress?.({ pairs: pairs.length, atMost, decisions })
    if (isLook && isDecided(decisions, pairs)) break
  }
  return {
    pairs,
    discarded,
    gaveUp: false,
    decisions: decisions.map((each) => explainOpen(each, decisions, pairs)),
  }
}

async function measurePair(measureSide: MeasureSide, first: Side, pair: number): Promise<RepetitionPair> {
  if (first === 'baseline') {
    const baseline = await measureSide('baseline', pair)
    if (pair === 1) requireAnswers(baseline)
    return { baseline, candidate: await measureSide('candidate', pair) }
  }
  const candidate = await measureSide('candidate', pair)
  const baseline = await measureSide('baseline', pair)
  if (pair === 1) requireAnswers(baseline)
  return { baseline, candidate }
}

/**
 * A candidate that answers no request is a regression. If the baseline answers none, there is nothing to compare with.
 */
function requireAnswers({ invalid, requestsOk, commonestFailure: failure }: RepetitionMetrics): void {
  if (invalid.length > 0 || requestsOk > 0) return
  const mostOften =
    failure === undefined ? '' : `; most often: ${nameFailure(failure)}\n${failure.meaning} ${failure.remedy}`
  throw new UserError('the baseline server answered no request correctly', {
    expected: 'a baseline server that works with this scenario',
    received: `no correct answer in a whole repetition${mostOften}`,
    remedy:
      'Run `framestorm bench` with this scenario against the baseline server, and fix the errors that it reports.',
    exitCode: ExitCode.environment,
  })
}

function invalidReasons({ baseline, candidate }: RepetitionPair): string | undefined {
  const reasons = [
    ...(baseline.requestsOk === 0 ? ['baseline answered no request correctly'] : []),
    ...baseline.invalid.map((reason) => `baseline ${reason}`),
    ...candidate.invalid.map((reason) => `candidate ${reason}`),
  ]
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

function decideAll(
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

function isDecided(decisions: readonly MetricDecision[], pairs: readonly RepetitionPair[]): boolean {
  const open = decisions.filter((decision) => isOpen(decision) && isDecidable(decision.metric, pairs))
  return open.length === 0 || decisions.some(({ verdict }) => verdict === 'FAIL')
}

/** More pairs may decide it. A metric that is undecided only without lateness is not decided either. */
function isOpen({ verdict, verdictAsMeasured, withoutLateness: other }: MetricDecision): boolean {
  return [verdict, verdictAsMeasured, other?.verdict].includes('INCONCLUSIVE')
}

function explainOpen(
  decision: MetricDecision,
  all: readonly MetricDecision[],
  pairs: readonly RepetitionPair[],
): MetricDecision {
  if (decision.verdict !== 'INCONCLUSIVE' || decision.reason !== undefined) return decision
  const failed = all.filter(({ verdict }) => verdict === 'FAIL').map(({ metric }) => metric.name)
  const reason =
    failed.length > 0
      ? `not decided: the gate stopped after ${pairs.length} pairs because ${failed.join(' and ')} failed`
      : openReason(decision, pairs.length)
  return { ...decision, reason }
}

function openReason({ metric, noise, floor }: MetricDecision, pairs: number): string {
  const passBelow = gateDesign.floorsToPass * metric.floor
  if (noise === undefined || Math.expm1(floor) <= passBelow)
    return `after ${pairs} pairs the interval still includes the smallest change that counts`
  return (
    `repetitions vary by ${(100 * Math.expm1(noise)).toFixed(0)} % on this machine, and above ` +
    `${(100 * passBelow).toFixed(0)} % nothing can pass. Close other programs, or measure longer.`
  )
}

export type Side = 'baseline' | 'candidate'

/**
 * Which side of each pair goes first: random, in permuted blocks of four with two of each side (ICH E9 §2.3.2). At each
 * look both sides have gone first equally often, so a steady drift cancels out.
 */
export function pairOrder(pairs: number, random: Random): Side[] {
  const block: Side[] = ['baseline', 'baseline', 'candidate', 'candidate']
  return Array.from({ length: Math.ceil(pairs / 4) }, () => shuffled(block, random))
    .flat()
    .slice(0, pairs)
}
