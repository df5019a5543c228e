import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { Verdict } from '../../analysis/verdict.js'
import { nameFailure } from '../../run/failures.js'
import { allPoints, type LoadSettings } from '../../scenario/plan/plan.js'
import { namePoints } from './name-points.js'
import {
  capitalize,
  formatFps,
  formatList,
  formatLoad,
  formatMs,
  formatPercent,
  formatProtocol,
} from './format.js'

type Analysis = Pick<RunAnalysis, 'verdict' | 'points' | 'plan'>

/**
 * The answer in one line. If other programs disturbed the run, that stands in its place. What the answer does not rest on
 * follows it: points that failed, were left out, are INVALID or gave wrong answers.
 */
export function formatHeadline(analysis: Analysis): string {
  const { verdict } = analysis
  const invalid = verdict.validity === 'INVALID' ? 'INVALID: ' : ''
  const warning = disturbanceWarning(verdict)
  const parts = [warning?.what ?? answerHeadline(analysis), ...exceptions(analysis)].join('; ')
  return invalid + withServers(warning === undefined ? parts : `${parts}. ${warning.remedy}`, verdict)
}

/** `Not reliable: other programs used up to 32 % of the machine in 10 of 28 points`, and what to do. */
export function disturbanceWarning({
  disturbance,
}: Pick<Verdict, 'disturbance'>): { what: string; remedy: string } | undefined {
  if (disturbance === undefined) return undefined
  const { points, of, otherCpuShare } = disturbance
  const used = `${Math.round(otherCpuShare * 100)} % of the machine`
  const where = of === 1 ? '' : ` in ${points.length} of ${of} points`
  return {
    what: `Not reliable: other programs used ${points.length > 1 ? 'up to ' : ''}${used}${where}`,
    remedy: 'Close them and run again.',
  }
}

/** `client batching 8 (points 2, 4) failed`, `no batching, 8 frames in flight (point 3) was left out`. */
function exceptions({ verdict: { caveats, wrongAnswers }, plan }: Analysis): string[] {
  const pointsOf = (name: 'failing-points' | 'left-out' | 'other-invalid-points') =>
    caveats.flatMap((caveat) => (caveat.name === name ? caveat.points : []))
  const clause = (ids: number[], one: string, several = one) =>
    ids.length === 0 ? [] : [`${namePoints(ids, allPoints(plan))} ${ids.length === 1 ? one : several}`]
  return [
    ...clause(pointsOf('failing-points'), 'failed'),
    ...clause(pointsOf('left-out'), 'was left out', 'were left out'),
    ...clause(pointsOf('other-invalid-points'), 'is INVALID', 'are INVALID'),
    ...clause(wrongAnswers, 'gave wrong answers'),
  ]
}

/** Names the server that the verdict is about, if the run has several. */
function withServers(text: string, { server, otherServers = [] }: Verdict): string {
  return server === undefined ? text : `${server}: ${text}; not compared with ${formatList(otherServers)}`
}

/** The answer without what it does not rest on. */
export function answerHeadline({ verdict, points }: Omit<Analysis, 'plan'>): string {
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
    if (verdict.allFailing !== undefined) return failingHeadline(verdict.allFailing)
    if (points.length === 0) return 'No measurement was completed'
    return points.every(({ outcome }) => outcome === 'overloaded')
      ? 'Overloaded: the server did not carry any of the measured camera loads'
      : 'Too few requests were answered to compare anything'
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
  if (best !== undefined && fastest !== undefined && fastest.batchSize !== smallestAsGood) {
    const isEnough = smallestAsGood !== best.batchSize
    const throughput = eitherMode(smallestAsGood ?? best.batchSize)
    return twoAnswers(
      { ceiling, latency },
      isEnough ? `${throughput} is enough` : throughput,
      eitherMode(fastest.batchSize),
    )
  }
  if (ceiling !== undefined && best !== undefined && ceiling.batchSizes.length > 1) {
    const is = smallestAsGood === best.batchSize ? 'is best' : 'is enough'
    parts.push(`${sizeName(smallestAsGood ?? best.batchSize)} ${is} for throughput`)
  }
  return parts.join('; ')
}

/** At batch size 1 there is no mode. */
function eitherMode(batchSize: number): string {
  return batchSize === 1 ? 'no batching' : `batch size ${batchSize}, either mode`
}

/** `Throughput: client batching 8 (66.0 FPS); frame latency with 6 cameras at 5 fps: no batching (p95 57.2 ms)`. */
function twoAnswers(
  { ceiling, latency }: Pick<Verdict, 'ceiling' | 'latency'>,
  throughput: string,
  frame: string,
): string {
  const fps = formatFps(ceiling!.modes[0]!.value)
  const ms = `${latency!.metric} ${formatMs(latency!.modes[0]!.value)} ms`
  return `Throughput: ${throughput} (${fps} FPS); frame latency with ${formatLoad(latency!.load)}: ${frame} (${ms})`
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
  if (both && (throughput === 1 || frame === 1)) {
    const nameOf = (batchSize: number) => (batchSize === 1 ? 'no batching' : `${mode} batching ${batchSize}`)
    return twoAnswers({ ceiling, latency }, nameOf(throughput), nameOf(frame))
  }
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
  const { framesPerRequest, serverBatchSize, encoding, protocol, maxBatchDelayMs } = distinguishing
  const sent = [encoding, protocol && formatProtocol(protocol)].filter(Boolean)
  if (batchSize === 1) return sent.length === 0 ? 'no batching' : `no batching (${sent.join(', ')})`
  const details = [
    framesPerRequest !== undefined && `${framesPerRequest} × ${serverBatchSize}`,
    ...sent,
    maxBatchDelayMs !== undefined && `delay ${maxBatchDelayMs} ms`,
  ].filter(Boolean)
  return `${mode} batching ${batchSize}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}
