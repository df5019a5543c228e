import { groupBy } from '../../analysis/point-identity.js'
import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import { serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'
import type { Difference } from '../../analysis/significant-difference.js'
import type { BatchingKind, Verdict } from '../../analysis/verdict.js'
import { samplesNeeded } from '../../analysis/percentile.js'
import { formatPoints } from './findings.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { plural } from '../../system/plural.js'
import type { RecommendedRun } from '../../capacity/recommend/recommended-run.js'
import { raceSentences } from './race.js'
import { formatCaveat } from './caveats.js'
import { answerHeadline, bestName, formatHeadline } from './headline.js'
import {
  capitalize,
  formatFps,
  formatList,
  formatLoad,
  formatMs,
  formatRatio,
  formatSettings,
} from './format.js'

export interface VerdictWords {
  headline: string
  /** Sentences of one paragraph. */
  paragraph: string[]
  caveats: string[]
}

/** The verdict as text: figures with their units, from the data of the verdict only. */
export function formatVerdict(
  analysis: Pick<RecommendedRun, 'verdict' | 'points' | 'plan' | 'recommendation'>,
): VerdictWords {
  const { verdict } = analysis
  const isReliable = verdict.disturbance === undefined
  return {
    headline: formatHeadline(analysis),
    paragraph: [
      ...(analysis.recommendation === undefined ? raceSentences(analysis.plan) : []),
      ...(isReliable ? [] : [`As measured: ${answerHeadline(analysis)}.`]),
      ...ceilingSentences(verdict),
      ...otherSizeSentences(verdict),
      ...latencySentences(analysis),
      ...otherLoadSentences(verdict),
    ],
    caveats: verdict.caveats.map((caveat) => formatCaveat(caveat, analysis)),
  }
}

/** A run as its verdict is shown: a recommendation above it has said already that other programs disturbed the run. */
export function withoutRepeatedWarning<Run extends Pick<RecommendedRun, 'verdict' | 'recommendation'>>(
  run: Run,
): Run {
  if (run.recommendation === undefined) return run
  return { ...run, verdict: { ...run.verdict, disturbance: undefined } }
}

/** The server of a run behind its headline, which names the servers itself if there are several. */
export function serverBehindHeadline({
  verdict,
  subjects,
}: Pick<RunAnalysis, 'verdict' | 'subjects'>): string {
  if (verdict.server !== undefined) return ''
  // The headline of a disturbed run ends with what to do.
  const label = serverLabel(subjects)
  return verdict.disturbance === undefined ? ` (${label})` : ` Server: ${label}.`
}

function ceilingSentences({ ceiling, smallestAsGood }: Verdict): string[] {
  const [best, second] = ceiling?.modes ?? []
  if (ceiling === undefined || best === undefined) return []
  const sentences = [`Ceiling with ${conditions(ceiling)}: ${formatComparison(ceiling)}`]
  if (smallestAsGood !== undefined && smallestAsGood < best.batchSize && second !== undefined)
    sentences.push(
      `${smallestAsGood === 1 ? 'No batching' : `Batch size ${smallestAsGood} of ${best.mode} batching`} is within its range.`,
    )
  return sentences
}

/** `16 frames in flight (server.workers 2)`. */
function conditions({ load, settings }: ModeComparison): string {
  return `${formatLoad(load)}${settings.length === 0 ? '' : ` (${formatSettings(settings)})`}`
}

function formatComparison(comparison: ModeComparison): string {
  const { modes, ranked, metric, winner, overloaded } = comparison
  const [best, second] = modes
  const figureOf = (one: ModeBest) => `${bestName(one)} at ${formatFigure(one, metric)}`
  const figures = modes.map((mode) => figureOf(mode))
  const unbatched = ranked.find(({ batchSize }) => batchSize === 1)
  const isNamed = unbatched === undefined || modes.some(({ point }) => point === unbatched.point)
  const without = isNamed ? '' : ` ${capitalize(figureOf(unbatched))}.`
  if (second === undefined)
    return overloaded.length === 0
      ? `${figures[0]}.`
      : `${figures[0]}; ${overloaded.join(' and ')} batching was overloaded at every batch size.`
  if (comparison.difference === undefined) {
    const batched = ranked.filter(({ batchSize }) => batchSize > 1).map((one) => figureOf(one))
    return `${figures[0]}; no batch size of either mode was better${batched.length === 0 ? '' : ` (${batched.join(', ')})`}.`
  }
  if (winner !== undefined)
    return `${figures.join(', ')}: ${formatDifference(comparison)} in favour of ${best!.mode} batching.${without}`
  return `${figures.join(', ')}; no significant difference (${formatDifference(comparison)}; ${formatDifferenceReason(comparison.difference)}).${without}`
}

/** `40.3 FPS (40.2–40.4)`, `350 ms (331–397)`; one repetition has no range. */
function formatFigure({ value, low, high, repetitions }: ModeBest, metric: ModeComparison['metric']): string {
  const [format, unit] = metric === 'fps' ? [formatFps, 'FPS'] : [formatMs, 'ms']
  return `${format(value)} ${unit}${repetitions > 1 ? ` (${format(low)}–${format(high)})` : ''}`
}

/** `1.07× (1.06–1.08×)`; without a range, `1.07×`. */
function formatDifference({ difference }: ModeComparison): string {
  if (difference === undefined) return ''
  const { ratio, range } = difference
  if (range === undefined || range.low === range.high) return formatRatio(ratio)
  return `${formatRatio(ratio)} (${range.low.toFixed(2)}–${formatRatio(range.high)})`
}

/** Why a difference is not significant. */
function formatDifferenceReason({ because, threshold }: Difference): string {
  switch (because ?? 'below-threshold') {
    case 'ranges-overlap':
      return 'the ranges of the repetitions overlap'
    case 'intervals-overlap':
      return 'the 95 % intervals overlap'
    case 'below-threshold':
      return `threshold ${Number((threshold * 100).toFixed(1))} %`
  }
}

function otherSizeSentences({ ceiling, bySize }: Verdict): string[] {
  const best = ceiling?.modes[0]?.mode
  const others = bySize.filter(
    ({ comparison }) => comparison.winner !== undefined && comparison.winner !== best,
  )
  return others.map(
    ({ batchSize, comparison }) =>
      `At batch size ${batchSize}, ${comparison.winner} batching is better: ${formatDifference(comparison)}.`,
  )
}

function latencySentences({ verdict, points }: Pick<RunAnalysis, 'verdict' | 'points'>): string[] {
  const { latency, byCameras } = verdict
  if (byCameras.length === 0) return []
  const sentences =
    latency === undefined
      ? []
      : [`Frame latency ${latency.metric} with ${conditions(latency)}: ${formatComparison(latency)}`]
  const slo = points.find(({ point }) => point.load.kind === 'cameras' && point.slo !== undefined)?.point.slo
  if (slo !== undefined)
    sentences.push(
      ...carriedSentences(verdict, {
        slo: `p${slo.percentile} within ${slo.latencyMs} ms`,
        needed: samplesNeeded(slo.percentile / 100),
      }),
    )
  return sentences
}

/** Camera loads with another best batching than that of the verdict: the answer depends on the load. */
function otherLoadSentences({ latency, byCameras }: Verdict): string[] {
  const key = (best: ModeBest) =>
    JSON.stringify([best.batchSize === 1 ? 'none' : best.mode, best.batchSize, best.distinguishing])
  const verdictBest = latency?.modes[0]
  const others = byCameras.flatMap(({ load, comparison }) => {
    const best = comparison?.modes[0]
    if (best === undefined || (verdictBest !== undefined && key(best) === key(verdictBest))) return []
    return [{ load, best, settings: formatSettings(comparison?.settings ?? []) }]
  })
  return [...groupBy(others, ({ best, settings }) => key(best) + settings).values()].map((some) => {
    const { best, settings } = some[0]!
    const loads = formatLoads(some.map(({ load }) => load))
    const at = settings === '' ? '' : ` (${settings})`
    return capitalize(`${bestName(best)} has the lowest frame latency with ${loads}${at}.`)
  })
}

/** `2, 4 and 6 cameras at 5 fps`. */
function formatLoads(loads: CameraLoad[]): string {
  return [...groupBy(loads, ({ fps }) => fps)]
    .map(([fps, same]) => {
      const counts = same.map(({ cameras }) => cameras)
      const cameras = counts.length === 1 ? plural(counts[0]!, 'camera') : `${formatList(counts)} cameras`
      return `${cameras} at ${fps} fps`
    })
    .join(', ')
}

/** The largest load that each mode, and no batching, carried, of those measured. */
function carriedSentences(
  { byCameras, tooFewForSlo }: Verdict,
  { slo, needed }: { slo: string; needed: number },
): string[] {
  const kinds = [...new Set(byCameras.flatMap(({ carriedBy }) => carriedBy))]
  const tooFew =
    tooFewForSlo.length === 0
      ? []
      : [
          `${capitalize(formatPoints(tooFewForSlo))} answered fewer than the ${needed} requests that show ${slo}.`,
        ]
  if (kinds.length === 0)
    return tooFewForSlo.length > 0 ? tooFew : [`No measured camera load met the SLO (${slo}).`]
  const largest = (kind: BatchingKind) =>
    byCameras.findLast(({ carriedBy }) => carriedBy.includes(kind))!.load
  const parts = [...groupBy(kinds, largest)].map(
    ([load, some]) => `${formatKinds(some)} carried ${formatLoad(load)}`,
  )
  return [`Of the measured camera loads, ${parts.join('; ')} (${slo}).`, ...tooFew]
}

/** `server and client batching`, `no batching`, `no batching and client batching`. */
function formatKinds(kinds: readonly BatchingKind[]): string {
  const modes = kinds.filter((kind) => kind !== 'none')
  const batching = modes.length === 0 ? [] : [`${modes.join(' and ')} batching`]
  const all = [...(kinds.includes('none') ? ['no batching'] : []), ...batching]
  // With both modes, a further "and" would not say what belongs to "batching".
  return all.join(modes.length > 1 ? ', ' : ' and ')
}
