import type { PointLeftOut } from '../run/manifest.js'
import { failuresOfPoints, type PointsFailure } from './failures.js'
import { addFrameCounts } from './frame-counts.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { ModeBest, ModeComparison } from './mode-comparison.js'
import { groupBy } from './point-identity.js'
import type { PointSummary } from './point-summary.js'
import { repetitionsForInterval } from './spread.js'

/** A limitation that a reader must know before relying on a verdict. */
export type Caveat =
  | { name: 'incomplete'; measured: number; planned: number }
  /** Agents that were lost, and in how many measurements. */
  | { name: 'agents-lost'; sites: string[]; measurements: number }
  /** Planned points that the server did not take, one entry per reason. `partly`: some repetitions were measured before. */
  | { name: 'left-out'; points: number[]; partly: boolean; reason: Omit<PointLeftOut, 'point'> }
  /** Points that the verdict rests on. */
  | { name: 'invalid-points'; points: number[] }
  /** INVALID points that the verdict does not rest on. */
  | { name: 'other-invalid-points'; points: number[] }
  /** Points that answered too few requests to be compared. */
  | { name: 'too-few-requests'; points: number[] }
  /** The winner in frame latency, as measured and with each request's own lateness taken away. */
  | {
      name: 'lateness-decides'
      measured: ModeBest['mode'] | undefined
      without: ModeBest['mode'] | undefined
    }
  /** Points on other servers are not compared with those on this one. */
  | { name: 'several-servers'; server: string }
  | { name: 'single-repetition' }
  /** Ranges are the smallest and largest of a few repetitions, not confidence intervals. */
  | { name: 'few-repetitions'; repetitions: number }
  /** Points whose server failed frames. They are not compared. */
  | { name: 'failing-points'; points: number[]; framesFailed: number; framesScheduled: number }
  | { name: 'one-mode' }
  | { name: 'closed-load-only' }
  | { name: 'camera-load-only' }

export interface Progress {
  measured: number
  planned: number
  leftOut: readonly PointLeftOut[]
  /** The parts of agents that were lost. */
  lost?: readonly Pick<MeasurementSummary, 'agent' | 'point' | 'repetition'>[] | undefined
}

export interface FailingFrames {
  framesFailed: number
  framesScheduled: number
  commonest?: PointsFailure | undefined
}

/** What the caveats of a verdict depend on. */
interface Answer {
  answer: string
  ceiling?: ModeComparison | undefined
  latency?: ModeComparison | undefined
  byCameras: readonly unknown[]
  fewestRepetitions: number
  invalidPoints: number[]
  wrongAnswers: number[]
  server?: string | undefined
}

export function summariseFailing(points: readonly PointSummary[]): FailingFrames {
  const { scheduled, byOutcome } = addFrameCounts(points.map(({ counts }) => counts))
  return {
    framesFailed: scheduled - byOutcome.ok,
    framesScheduled: scheduled,
    commonest: failuresOfPoints(points)[0],
  }
}

/** The limitations of an answer, those that matter most first. */
export function findCaveats(
  { answer, ceiling, latency, byCameras, fewestRepetitions, invalidPoints, wrongAnswers, server }: Answer,
  { all, failing }: { all: readonly PointSummary[]; failing: readonly PointSummary[] },
  { measured, planned, leftOut, lost = [] }: Progress,
): Caveat[] {
  const caveats: Caveat[] = []
  if (measured < planned) caveats.push({ name: 'incomplete', measured, planned })
  if (lost.length > 0)
    caveats.push({
      name: 'agents-lost',
      sites: [...new Set(lost.flatMap(({ agent }) => agent?.site ?? []))],
      measurements: new Set(lost.map(({ point, repetition }) => `${point}/${repetition}`)).size,
    })
  const isPartly = (id: number) => all.some(({ point }) => point.id === id)
  const alike = ({ point, ...reason }: PointLeftOut) => JSON.stringify([isPartly(point), reason])
  for (const same of groupBy(leftOut, alike).values()) {
    const { point: first, ...reason } = same[0]!
    const points = same.map(({ point }) => point)
    caveats.push({ name: 'left-out', points, partly: isPartly(first), reason })
  }
  if (invalidPoints.length > 0) caveats.push({ name: 'invalid-points', points: invalidPoints })
  const otherInvalid = all
    .filter(({ point, validity }) => validity === 'INVALID' && !invalidPoints.includes(point.id))
    .map(({ point }) => point.id)
    .filter((id) => !wrongAnswers.includes(id) && !failing.some(({ point }) => point.id === id))
  if (otherInvalid.length > 0) caveats.push({ name: 'other-invalid-points', points: otherInvalid })
  if (latency?.withoutLateness !== undefined) {
    const { winner, withoutLateness } = latency
    caveats.push({ name: 'lateness-decides', measured: winner, without: withoutLateness.winner })
  }
  if (failing.length > 0) {
    const { framesFailed, framesScheduled } = summariseFailing(failing)
    const points = failing.map(({ point }) => point.id)
    caveats.push({ name: 'failing-points', points, framesFailed, framesScheduled })
  }
  const tooFew = [ceiling, latency].flatMap((one) => one?.tooFew ?? [])
  if (tooFew.length > 0) caveats.push({ name: 'too-few-requests', points: tooFew })
  if (server !== undefined) caveats.push({ name: 'several-servers', server })
  if (ceiling === undefined && latency === undefined) return caveats
  if (fewestRepetitions === 1) caveats.push({ name: 'single-repetition' })
  else if (fewestRepetitions < repetitionsForInterval)
    caveats.push({ name: 'few-repetitions', repetitions: fewestRepetitions })
  // Otherwise the reader may have measured both, and already reads which points are missing.
  const isAllMeasured = failing.length === 0 && leftOut.length === 0
  if (answer === 'undecided' && isAllMeasured) caveats.push({ name: 'one-mode' })
  if (byCameras.length === 0) caveats.push({ name: 'closed-load-only' })
  if (ceiling === undefined) caveats.push({ name: 'camera-load-only' })
  return caveats
}
