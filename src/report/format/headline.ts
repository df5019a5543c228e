import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { Verdict } from '../../analysis/verdict.js'
import { nameFailure } from '../../run/failures.js'
import type { LoadSettings } from '../../scenario/plan/plan.js'
import { formatPoints } from './findings.js'
import { capitalize, formatFps, formatList, formatMs, formatPercent } from './format.js'

type Analysis = Pick<RunAnalysis, 'verdict' | 'points'>

/**
 * The answer in one line. What it does not rest on follows it: points that failed, were left out or gave wrong answers,
 * because each of them changes the exit code.
 */
export function formatHeadline(analysis: Analysis): string {
  const { verdict } = analysis
  const invalid = verdict.validity === 'INVALID' ? 'INVALID: ' : ''
  return invalid + withServers([answerHeadline(analysis), ...exceptions(verdict)].join('; '), verdict)
}

/** `points 2, 4 failed`, `point 3 was left out`, `point 5 gave wrong answers`. */
function exceptions({ caveats, wrongAnswers }: Verdict): string[] {
  const pointsOf = (name: 'failing-points' | 'left-out') =>
    caveats.flatMap((caveat) => (caveat.name === name ? caveat.points : []))
  const failed = pointsOf('failing-points')
  const leftOut = pointsOf('left-out')
  return [
    ...(failed.length > 0 ? [`${formatPoints(failed)} failed`] : []),
    ...(leftOut.length > 0
      ? [`${formatPoints(leftOut)} ${leftOut.length === 1 ? 'was' : 'were'} left out`]
      : []),
    ...(wrongAnswers.length > 0 ? [`${formatPoints(wrongAnswers)} gave wrong answers`] : []),
  ]
}

/** Names the server that the verdict is about, if the run has several. */
function withServers(text: string, { server, otherServers = [] }: Verdict): string {
  return server === undefined ? text : `${server}: ${text}; not compared with ${formatList(otherServers)}`
}

function answerHeadline({ verdict, points }: Analysis): string {
  const { answer, ceiling, latency, server } = verdict
  const best = ceiling?.modes[0]
  const fastest = latency?.modes[0]
  if (answer === 'undecided') {
    const isOnly = (kind: LoadSettings['kind']) =>
      points.filter(
        (one) =>
          one.point.load.kind === kind &&
          one.outcome !== 'failing' &&
          (server === undefined || one.server?.label === server),
      ).length === 1
    if (best !== undefined)
      return `${isOnly('closed') ? 'Ceiling' : 'Highest ceiling measured'}: ${bestName(best)}, ${formatFps(best.value)} FPS`
    if (fastest !== undefined)
      return `${isOnly('cameras') ? 'Frame latency' : 'Lowest frame latency measured'}: ${bestName(fastest)}, ${latency!.metric} ${formatMs(fastest.value)} ms`
    return verdict.allFailing === undefined
      ? 'No measurement was completed'
      : failingHeadline(verdict.allFailing)
  }
  if (answer === 'no-difference') return equalModesHeadline(verdict)
  if (answer === 'depends')
    return `It depends: ${bestName(best!)} has the higher ceiling, ${bestName(fastest!)} the lower frame latency`
  return winnerHeadline(answer, ceiling, latency)
}

/** How much failed, and of what most of it. */
function failingHeadline(all: NonNullable<Verdict['allFailing']>): string {
  const failed = `Every point failed: ${formatPercent(all.framesFailed / all.framesScheduled)} of the frames`
  return all.commonest === undefined ? failed : `${failed}, most often: ${nameFailure(all.commonest)}`
}

/** The mode with its batch sizes for throughput and for latency, which may differ. */
function equalModesHeadline({ ceiling, latency, smallestAsGood }: Verdict): string {
  const none = 'No significant difference between the batching modes'
  const sizes = new Set([ceiling, latency].flatMap((one) => one?.batchSizes ?? []))
  if (sizes.size === 1) return `${none} at batch size ${[...sizes][0]}`
  const parts = [none]
  const best = ceiling?.modes[0]
  const fastest = latency?.modes[0]
  if (ceiling !== undefined && best !== undefined && ceiling.batchSizes.length > 1) {
    const is = smallestAsGood === best.batchSize ? 'is best' : 'is enough'
    parts.push(`${sizeName(smallestAsGood ?? best.batchSize)} ${is} for throughput`)
  }
  const isOther = best !== undefined && fastest?.batchSize !== smallestAsGood
  if (latency !== undefined && fastest !== undefined && isOther && latency.batchSizes.length > 1)
    parts.push(`${sizeName(fastest.batchSize)} is best for frame latency`)
  return parts.join('; ')
}

/** One batch size, or two if throughput and latency need different ones. */
function winnerHeadline(
  mode: ModeBest['mode'],
  ceiling: ModeComparison | undefined,
  latency: ModeComparison | undefined,
): string {
  const sizeIn = (comparison: ModeComparison | undefined) =>
    comparison?.modes.find((best) => best.mode === mode)?.batchSize
  const throughput = sizeIn(ceiling)
  const frame = sizeIn(latency)
  const both = throughput !== undefined && frame !== undefined && throughput !== frame
  return both
    ? `${capitalize(mode)} batching: ${sizeName(throughput)} for throughput, ${sizeName(frame)} for frame latency`
    : `${capitalize(mode)} batching, batch size ${throughput ?? frame}`
}

/** A batch size of 1 is no batching, whatever the mode. */
function sizeName(batchSize: number): string {
  return batchSize === 1 ? 'no batching' : `batch size ${batchSize}`
}

/** `client batching 8 (multipart)`, `hybrid batching 8 (2 × 4, delay 50 ms)`, `no batching`. */
export function bestName({ mode, batchSize, distinguishing }: ModeBest): string {
  const { framesPerRequest, serverBatchSize, encoding, maxBatchDelayMs } = distinguishing
  if (batchSize === 1) return encoding === undefined ? 'no batching' : `no batching (${encoding})`
  const details = [
    framesPerRequest !== undefined && `${framesPerRequest} × ${serverBatchSize}`,
    encoding,
    maxBatchDelayMs !== undefined && `delay ${maxBatchDelayMs} ms`,
  ].filter(Boolean)
  return `${mode} batching ${batchSize}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}
