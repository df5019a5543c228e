/** Requests of one draw of camera phases, and how many of them were later than the limit. */
export interface LateCount {
  requests: number
  late: number
}

export interface LateShareRule {
  /** 99: at most 1 % of the requests may be late. */
  percentile: number
  /** How much evidence decides: 100 for an error of 1 %. */
  evidence: number
  /** A number passes if its share of late requests is shown to be below this multiple of the share allowed. */
  passBelow: number
  /** Requests of one draw are late together: this many count as one, at least. */
  designEffectMin: number
  /** Fewest draws of camera phases in a pass. */
  drawsMin: number
}

/**
 * The constants follow from a study of seeded servers with whole draws as clusters
 * (bench/capacity/RESULTS.md, "The pooled verdict"): a number whose true share of late requests is 1.25 % or more passes
 * in 1 % of the cases or fewer.
 */
export const lateShareRule: Omit<LateShareRule, 'percentile'> = {
  evidence: 100,
  passBelow: 1.25,
  designEffectMin: 1.2,
  drawsMin: 3,
}

/** Alternatives to the null hypothesis, as multiples of its share, and their prior weights. */
const lower = [
  { times: 0.02, weight: 0.5 },
  { times: 0.2, weight: 0.2 },
  { times: 0.4, weight: 0.2 },
  { times: 0.6, weight: 0.1 },
]
const higher = [
  { times: 1.5, weight: 0.2 },
  { times: 2.5, weight: 0.2 },
  { times: 5, weight: 0.2 },
  { times: 15, weight: 0.2 },
  { times: 50, weight: 0.2 },
]

/**
 * Decides if the share of late requests is shown to be low enough over all draws, shown to be too high over all draws or
 * in one of them, or still open.
 *
 * The evidence is a mixture likelihood ratio, which is valid however often it is looked at (Robbins 1970; Ville's
 * inequality), on counts that are divided by the design effect (Kish 1965): camera phases are the same for a whole draw, so
 * its requests are not independent.
 */
export function decideLateShare(
  draws: readonly LateCount[],
  rule: LateShareRule,
): 'pass' | 'fail' | 'undecided' {
  const allowed = 1 - rule.percentile / 100
  const effect = designEffect(draws, rule)
  const pooled = {
    requests: sum(draws, ({ requests }) => requests) / effect,
    late: sum(draws, ({ late }) => late) / effect,
  }
  if (draws.some((draw) => isShownLate(draw, rule)) || evidence(pooled, allowed, higher) >= rule.evidence)
    return 'fail'
  if (draws.length < rule.drawsMin) return 'undecided'
  return evidence(pooled, rule.passBelow * allowed, lower) >= rule.evidence ? 'pass' : 'undecided'
}

/** Whether one draw alone shows a share that is too high. */
export function isShownLate({ requests, late }: LateCount, rule: LateShareRule): boolean {
  const { designEffectMin } = rule
  const counts = { requests: requests / designEffectMin, late: late / designEffectMin }
  return evidence(counts, 1 - rule.percentile / 100, higher) >= rule.evidence
}

/** The fewest requests that pass over enough draws if `late` of them are late, evenly over the draws. */
export function requestsToPass(late: number, rule: LateShareRule): number {
  const draws = rule.drawsMin
  const passes = (requests: number) =>
    evidence(
      { requests: requests / rule.designEffectMin, late: late / rule.designEffectMin },
      rule.passBelow * (1 - rule.percentile / 100),
      lower,
    ) >= rule.evidence
  let high = Math.max(draws, 2 * late)
  while (!passes(high)) high *= 2
  let low = high / 2
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * How many times the variance of the late share exceeds that of independent requests: Pearson's χ² of the draws against
 * their common share, divided by its degrees of freedom.
 */
function designEffect(draws: readonly LateCount[], { designEffectMin }: LateShareRule): number {
  const requests = sum(draws, (draw) => draw.requests)
  const late = sum(draws, (draw) => draw.late)
  if (draws.length < 2 || late === 0 || late === requests) return designEffectMin
  const share = late / requests
  const chiSquare = sum(draws, (draw) =>
    draw.requests === 0
      ? 0
      : (draw.late - draw.requests * share) ** 2 / (draw.requests * share * (1 - share)),
  )
  return Math.max(designEffectMin, chiSquare / (draws.length - 1))
}

/** The likelihood of the counts under the alternatives ÷ that under the null hypothesis. */
function evidence(
  { requests, late }: LateCount,
  share: number,
  alternatives: readonly { times: number; weight: number }[],
): number {
  let total = 0
  for (const { times, weight } of alternatives) {
    const other = Math.min(0.999, share * times)
    const log = late * Math.log(other / share) + (requests - late) * Math.log((1 - other) / (1 - share))
    total += weight * Math.exp(Math.min(log, 700))
  }
  return total
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
