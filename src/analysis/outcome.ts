import type { Point } from '../scenario/plan/plan.js'
import type { Backlog } from './backlog.js'
import { Outcome as RequestOutcome, Phase } from '../run/record.js'
import { isCorrect } from './answer-check.js'
import type { Fold } from './fold.js'
import type { FrameCounts } from './frame-counts.js'

/** A finding about the server; never about the measurement. */
export type Outcome = 'failing' | 'overloaded' | 'over-slo' | 'within-slo'

/** The worst first. */
const worstFirst: readonly Outcome[] = ['failing', 'overloaded', 'over-slo', 'within-slo']

/** A point whose server failed more than this share of its frames is `failing`. */
const mostFailed = 0.01

/**
 * Whether a point may be compared with others and head a verdict. A point whose server failed frames may not, and neither
 * a closed point whose frames timed out: its FPS are those of the frames that came through.
 */
export function isComparable({
  point: { load },
  outcome,
  counts: { scheduled, byOutcome },
}: {
  point: Pick<Point, 'load'>
  outcome?: Outcome | undefined
  counts: FrameCounts
}): boolean {
  return outcome !== 'failing' && !(load.kind === 'closed' && byOutcome.timeout / scheduled > mostFailed)
}

/** Whether the server answered none of the frames of a point. If that is so at all points, nothing was measured. */
export function isUnanswered({ counts: { scheduled, byOutcome } }: { counts: FrameCounts }): boolean {
  return scheduled > 0 && byOutcome.ok === 0
}

interface OutcomeEvidence {
  point: Pick<Point, 'load' | 'slo'>
  counts: FrameCounts
  /** Frames that the server refused because there were too many. They say how much it carries, not that it fails. */
  framesRefusedUnderLoad: number
  /** Camera load with an SLO. */
  framesWithinSlo?: number | undefined
  backlog?: Pick<Backlog, 'growing'> | undefined
}

/**
 * The outcome of a measurement. Frames that were answered with an error, wrongly, or not because the connection failed
 * decide under each load. The rest is about cameras: an overloaded server, or the share of all scheduled frames that
 * met the SLO. Dropped and failed frames miss the SLO. Undefined if nothing failed and there is no SLO.
 */
export function decideOutcome({
  point: { load, slo },
  counts: { scheduled, byOutcome },
  framesRefusedUnderLoad: refused,
  framesWithinSlo: within = 0,
  backlog,
}: OutcomeEvidence): Outcome | undefined {
  if (scheduled === 0) return undefined
  const failed = byOutcome['http-error'] + byOutcome['bad-response'] + byOutcome['connection-error'] - refused
  if (failed / scheduled > mostFailed) return 'failing'
  if (load.kind !== 'cameras') return undefined
  if (backlog?.growing === true || refused / scheduled > mostFailed) return 'overloaded'
  if (slo === undefined) return undefined
  return within / scheduled >= slo.percentile / 100 ? 'within-slo' : 'over-slo'
}

/** The worst of the repetitions: a server that carries the load in two repetitions of three does not carry it. */
export function worstOutcome(outcomes: readonly (Outcome | undefined)[]): Outcome | undefined {
  return worstFirst.find((outcome) => outcomes.includes(outcome))
}

/**
 * Frames captured in the measured phase that were answered correctly within the SLO, during the window or after it.
 */
export function framesWithinSlo(sloUs: number, answerTolerance: number): Fold<number> {
  let within = 0
  return {
    add({ requests, frames }) {
      const { count, phase, outcome, answeredUs, capturedUs, requestRow } = frames
      for (let i = 0; i < count; i++) {
        if (phase[i] !== Phase.measured || outcome[i] !== RequestOutcome.ok) continue
        const latencyUs = answeredUs[i]! - capturedUs[i]!
        if (latencyUs <= sloUs && isCorrect(requests, requestRow[i]!, answerTolerance)) within++
      }
    },
    result: () => within,
  }
}
