import type { Point } from '../scenario/plan/plan.js'
import { causeKey, failureOutcomes, mergeFailures, type Failure } from '../run/failures.js'
import { outcomes, Phase, type MeasurementSamples } from '../run/record.js'
import { explainFailure, isRefusalUnderLoad, type Explanation } from '../server/explain-failure.js'
import { hasToken } from '../server/token.js'
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
export function failuresInSamples({ requests, frames }: MeasurementSamples): Failure[] {
  const found = new Map<number, Failure>()
  const add = (row: number, counted: Pick<Failure, 'requests' | 'frames'>) => {
    const outcome = failureOutcomes.find((name) => name === outcomes[requests.outcome[row]!])
    if (outcome === undefined) return
    const status = requests.status[row]!
    const key = status * outcomes.length + requests.outcome[row]!
    const known = found.get(key)
    if (known === undefined)
      found.set(key, { outcome, ...(status > 0 && { status }), message: '', ...counted })
    else {
      known.requests += counted.requests
      known.frames += counted.frames
    }
  }
  const isCamera = frames.count > 0
  for (let row = 0; row < requests.count; row++) {
    if (requests.phase[row] !== Phase.measured) continue
    add(row, { requests: 1, frames: isCamera ? 0 : requests.frames[row]! })
  }
  for (let i = 0; i < frames.count; i++)
    if (frames.phase[i] === Phase.measured && frames.requestRow[i]! >= 0)
      add(frames.requestRow[i]!, { requests: 0, frames: 1 })
  return mergeFailures([...found.values()])
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
