import { ExitCode, UserError } from '../../system/user-error.js'
import { seededRandom, shuffled, type Random } from '../../system/seeded-random.js'
import { gateDesign } from '../decision/gate-design.js'
import type { MetricDecision } from '../decision/metric-decision.js'
import type { GatedMetric } from '../gated-metric.js'
import { nameFailure } from '../../run/failures.js'
import type { RepetitionMetrics, RepetitionPair } from '../../analysis/metrics.js'
import { decidePairs, explainOpen, isDecided } from './decide-pairs.js'
import { keepPace, type GateBudget } from './gate-budget.js'

/** One fresh repetition of one side; `pair` counts from 1 over all that are tried. */
export type MeasureSide = (side: Side, pair: number) => Promise<RepetitionMetrics>

/**
 * Starts the processes of the next pairs, outside of any window.
 *
 * @returns for how many pairs, at least 1 and at most `wanted`
 */
export type StartPairs = (wanted: number) => Promise<number>

export interface PairsProgress {
  /** Pairs kept so far. */
  pairs: number
  /** Pairs that the gate can have at the end, as far as is known. */
  atMost: number
  /** Known after each look (8, 12, 16 … pairs). */
  decisions: MetricDecision[]
  /** Expected seconds of one pair, with the start of its processes. */
  pairS: number
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
 * Measures pairs in random order, looks at them after 8, 12, 16 and so on, and stops as soon as one metric fails, none is
 * left open, or the time is up. It has no server, clock or file of its own: the caller measures.
 *
 * @param ready pairs whose processes run already
 */
export async function runPairs({
  metrics,
  seed,
  ready = 0,
  startPairs = (wanted) => Promise.resolve(wanted),
  measureSide,
  onProgress,
  budget = unlimited,
}: {
  metrics: readonly GatedMetric[]
  seed: number
  ready?: number | undefined
  startPairs?: StartPairs | undefined
  measureSide: MeasureSide
  onProgress?: ((progress: PairsProgress) => void) | undefined
  budget?: GateBudget | undefined
}): Promise<PairsOutcome> {
  const atMost = gateDesign.looks.at(-1)!
  const order = pairOrder(atMost + gateDesign.maxDiscardedPairs, seededRandom(seed))
  const pace = keepPace(budget)
  const beganS = budget.now()
  const pairs: RepetitionPair[] = []
  /** Of all pairs, also of those that were discarded. */
  const baselines: RepetitionMetrics[] = []
  const discarded: string[] = []
  let decisions: MetricDecision[] = []
  let outOfTime = false
  while (pairs.length < atMost) {
    const fitting = pace.fitting(pairs.length, ready)
    outOfTime = fitting < 1
    if (outOfTime) break
    if (ready === 0) {
      const untilLook = gateDesign.looks.find((look) => look > pairs.length)! - pairs.length
      ready = await pace.timeStart(() => startPairs(Math.min(untilLook, fitting)))
    }
    const number = pairs.length + discarded.length + 1
    const pair = await pace.timePair(() => measurePair(measureSide, order[number - 1]!, number))
    ready--
    baselines.push(pair.baseline)
    requireAnswers(baselines)
    const reasons = invalidReasons(pair)
    if (reasons !== undefined) {
      discarded.push(`pair ${number}: ${reasons}`)
      if (discarded.length > gateDesign.maxDiscardedPairs)
        return { pairs, discarded, gaveUp: true, decisions }
      continue
    }
    pairs.push(pair)
    const isLook = gateDesign.looks.some((look) => look === pairs.length)
    if (isLook) decisions = decidePairs(metrics, pairs, seed)
    const more = Math.min(atMost - pairs.length, pace.fitting(pairs.length, ready))
    onProgress?.({ pairs: pairs.length, atMost: pairs.length + more, decisions, pairS: pace.pairS()! })
    if (isLook && isDecided(decisions, pairs)) break
  }
  // The time may be up between two looks.
  if (outOfTime) decisions = decidePairs(metrics, pairs, seed)
  const end = { pairs: pairs.length, seconds: budget.now() - beganS, beforeS: beganS, outOfTime }
  return {
    pairs,
    discarded,
    gaveUp: false,
    decisions: decisions.map((each) => explainOpen(each, decisions, end)),
  }
}

const unlimited: GateBudget = { seconds: Number.POSITIVE_INFINITY, leastPairs: 0, now: () => 0 }

async function measurePair(measureSide: MeasureSide, first: Side, pair: number): Promise<RepetitionPair> {
  if (first === 'baseline') {
    const baseline = await measureSide('baseline', pair)
    return { baseline, candidate: await measureSide('candidate', pair) }
  }
  const candidate = await measureSide('candidate', pair)
  return { baseline: await measureSide('baseline', pair), candidate }
}

/** A server that answers nothing in this many windows of a few seconds did not only stall. */
const silentPairs = 2

/**
 * A candidate that answers no request is a regression. If the baseline answers none from the start, there is nothing to
 * compare with.
 *
 * @throws UserError (exit 3) with what failed most often
 */
function requireAnswers(baselines: readonly RepetitionMetrics[]): void {
  const isSilent = ({ invalid, requestsOk }: RepetitionMetrics) => invalid.length === 0 && requestsOk === 0
  const [first] = baselines
  if (first === undefined || baselines.length < silentPairs || !baselines.every(isSilent)) return
  const { commonestFailure: failure, durationS } = first
  const windows = `no correct answer in ${silentPairs} windows of ${durationS.toFixed(1)} s`
  throw new UserError('the baseline server answered no request correctly', {
    expected: 'a baseline server that works with this scenario',
    received:
      failure === undefined
        ? windows
        : `${windows}; most often: ${nameFailure(failure)}\n${failure.meaning} ${failure.remedy}`,
    remedy:
      failure === undefined
        ? 'Nothing failed, but no answer came in time: close other programs, or use longer windows with ' +
          '--set measure.durationS=10.'
        : 'Run `framestorm bench` with this scenario against the baseline server, and fix the errors that it reports.',
    exitCode: ExitCode.environment,
  })
}

function invalidReasons({ baseline, candidate }: RepetitionPair): string | undefined {
  const isSilent = baseline.requestsOk === 0 && baseline.invalid.length === 0
  const silent = isSilent ? ['It answered no request correctly.'] : []
  const sides = { baseline: [...silent, ...baseline.invalid], candidate: candidate.invalid }
  const reasons = Object.entries(sides).flatMap(([side, sentences]) =>
    sentences.length === 0 ? [] : [`${side}: ${sentences.join(' ')}`],
  )
  return reasons.length === 0 ? undefined : reasons.join(' ')
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
