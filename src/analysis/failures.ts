import type { Point } from '../scenario/plan/plan.js'
import { causeKey, mergeFailures, type Failure } from '../run/failures.js'
import { failureOutcomes, Outcome, outcomes, Phase, type RequestColumns } from '../run/record.js'
import { explainFailure, isRefusalUnderLoad, type Explanation } from '../server/explain-failure.js'
import { hasToken } from '../server/token.js'
import type { Fold } from './fold.js'
import type { FrameCounts } from './frame-counts.js'
import { groupBy } from './point-identity.js'

/** Failed requests of one cause, with what it means and what to do. */
export interface ExplainedFailure extends Failure, Explanation {
  /** Share of the frames scheduled. */
  share: number
}

/** The failures of a measurement or of a point, those of most frames first. */
export function explainFailures(
  failures: readonly Failure[],
  { counts, point }: { counts: FrameCounts; point: Pick<Point, 'batching' | 'server'> },
): ExplainedFailure[] {
  const { scheduled, byOutcome } = counts
  const context = {
    framesOk: byOutcome.ok,
    serverBatchSize: point.batching.serverBatchSize,
    hasToken: point.server.kind === 'url' && hasToken(point.server),
  }
  return mergeFailures(failures).map((failure) => ({
    ...failure,
    ...explainFailure(failure, context),
    share: scheduled === 0 ? 0 : failure.frames / scheduled,
  }))
}

/** Failures by outcome and status, for a run that did not save what the server said. */
export function failuresInSamples(): Fold<Failure[]> {
  const found = new Map<number, Failure & { framesCaptured: number }>()
  let isCamera = false
  const entryOf = ({ outcome, status }: RequestColumns, row: number) => {
    const name = failureOutcomes.find((one) => one === outcomes[outcome[row]!])
    if (name === undefined) return undefined
    const key = status[row]! * outcomes.length + outcome[row]!
    const known = found.get(key) ?? {
      outcome: name,
      ...(status[row]! > 0 && { status: status[row]! }),
      message: '',
      requests: 0,
      frames: 0,
      framesCaptured: 0,
    }
    found.set(key, known)
    return known
  }
  return {
    add({ requests, frames }) {
      if (frames.count > 0) isCamera = true
      let isAnyFailed = false
      for (let row = 0; row < requests.count; row++) {
        if (requests.outcome[row] === Outcome.ok) continue
        isAnyFailed = true
        if (requests.phase[row] !== Phase.measured) continue
        const entry = entryOf(requests, row)
        if (entry === undefined) continue
        entry.requests++
        entry.frames += requests.frames[row]!
      }
      if (!isAnyFailed) return
      for (let i = 0; i < frames.count; i++) {
        const row = frames.requestRow[i]!
        if (row < 0 || frames.phase[i] !== Phase.measured || requests.outcome[row] === Outcome.ok) continue
        const entry = entryOf(requests, row)
        if (entry !== undefined) entry.framesCaptured++
      }
    },
    result() {
      // Failures of equally many frames are in an order that does not depend on which request ended first.
      const inOrder = [...found].toSorted(([a], [b]) => a - b)
      return mergeFailures(
        inOrder.map(([, { framesCaptured, ...failure }]) =>
          isCamera ? { ...failure, frames: framesCaptured } : failure,
        ),
      )
    },
  }
}

/** Frames that the server refused because there were too many, such as those that met a full queue. */
export function framesRefusedUnderLoad(failures: readonly ExplainedFailure[]): number {
  return failures.filter(({ kind }) => isRefusalUnderLoad(kind)).reduce((sum, { frames }) => sum + frames, 0)
}

/** Failures of one cause at one or more points. */
export interface PointsFailure extends ExplainedFailure {
  points: number[]
}

/** The failures of several points by cause and meaning, those of most frames first. `share` is that of these points. */
export function failuresOfPoints(
  summaries: readonly { point: Pick<Point, 'id'>; counts: FrameCounts; failures: ExplainedFailure[] }[],
): PointsFailure[] {
  const all = summaries.flatMap(({ point, counts, failures }) =>
    failures.map((failure) => ({ failure, point: point.id, scheduled: counts.scheduled })),
  )
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return [...groupBy(all, ({ failure }) => `${failure.kind} ${causeKey(failure)}`).values()]
    .map((same) => {
      const frames = sum(same.map(({ failure }) => failure.frames))
      const scheduled = sum(same.map((one) => one.scheduled))
      return {
        ...same[0]!.failure,
        frames,
        requests: sum(same.map(({ failure }) => failure.requests)),
        share: scheduled === 0 ? 0 : frames / scheduled,
        points: same.map(({ point }) => point),
      }
    })
    .toSorted((a, b) => b.frames - a.frames)
}
