import { groupBy, stableKey } from '../../analysis/point-identity.js'
import { hasWrongAnswers } from '../../analysis/point-findings.js'
import type { MeasurementRecord } from '../../run/manifest.js'
import type { RunWriter } from '../../run/run-writer.js'
import { confirmingS } from '../../scenario/plan/expected-time.js'
import { knownWorkers, type PlannedMeasurement, type Point } from '../../scenario/plan/plan.js'
import { planBlock } from '../../scenario/plan/race.js'
import { decideRace, type Racer, type RaceWindow } from './decide-race.js'
import type { RecommendedRun } from './recommended-run.js'

/** A block of a race that begins. */
export interface RaceBlock {
  block: number
  /** Settings that are still in contention. */
  settings: number
}

/** A run that was analysed, and what it recommends so far. */
type RacedRun = Pick<RecommendedRun, 'points' | 'measurements' | 'recommendation'>

/**
 * Races the settings of a run whose first pass was measured: each block measures every setting in contention once, until it
 * is decided which one carries most or the budget is spent. Goes on where an interrupted race stopped. Does nothing if the
 * run is no race or its race has ended.
 *
 * @returns false if the run was interrupted
 */
export async function raceSettings(
  writer: Pick<RunWriter, 'manifest' | 'addPlanned' | 'changePlan'>,
  {
    analyse,
    measure,
    nowMs,
    onBlock,
  }: {
    /** The analysis of all measurements so far. */
    analyse: () => Promise<RacedRun>
    /** @returns false if the run was interrupted */
    measure: (point: Point, planned: PlannedMeasurement) => Promise<boolean>
    nowMs: () => number
    onBlock: (block: RaceBlock) => void
  },
): Promise<boolean> {
  for (;;) {
    const { plan, measurements } = writer.manifest
    const { race } = plan
    if (race === undefined || race.end !== undefined) return true
    const closed = closedIds(plan.points)
    const blocks = Math.max(
      1,
      ...plan.order.flatMap((one) => (closed.has(one.point) ? [one.repetition] : [])),
    )
    const run = await analyse()
    const inBlock = new Set(plan.order.flatMap((one) => (one.repetition === blocks ? [one.point] : [])))
    const decision = decideRace(
      // A setting that left does not come back.
      racersOf(run).filter(({ point }) => inBlock.has(point)),
      windowsOf(run).filter(({ point }) => closed.has(point)),
      blocks,
    )
    const next = planBlock(plan, decision.inContention, blocks + 1)
    const spentS = timeSpentS(measurements, nowMs())
    const nextS = (spentS / Math.max(1, measurements.length)) * next.length
    const isDecided = decision.equal.length > 0 || next.length === 0
    if (isDecided || spentS + nextS + confirmingS(plan) > race.budgetS) {
      await writer.changePlan({ ...plan, race: { ...race, end: { blocks, ...decision } } })
      return true
    }
    onBlock({ block: blocks + 1, settings: next.length })
    const points = new Map(plan.points.map((point) => [point.id, point]))
    // All of them at once, so that an interrupted block is measured to its end.
    for (const planned of next) writer.addPlanned(points.get(planned.point)!, planned)
    for (const planned of next) if (!(await measure(points.get(planned.point)!, planned))) return false
  }
}

function closedIds(points: readonly Point[]): Set<number> {
  return new Set(points.flatMap(({ id, load }) => (load.kind === 'closed' ? [id] : [])))
}

/**
 * The settings that can be compared: those of the recommendation, or it is not predicted, all with a closed point that
 * counts. Each races with its closed point of the highest FPS.
 */
function racersOf({ points, recommendation }: RacedRun): Racer[] {
  const closed = points.filter(
    (one) =>
      one.point.load.kind === 'closed' &&
      one.validity === 'VALID' &&
      one.outcome !== 'failing' &&
      !hasWrongAnswers(one),
  )
  const fastest = [...groupBy(closed, ({ point }) => settingKey(point)).values()].map((some) =>
    some.reduce((best, one) => ((one.fps?.median ?? 0) > (best.fps?.median ?? 0) ? one : best)),
  )
  if (recommendation?.setting.basis !== 'predicted')
    return fastest.map(({ point }) => ({ point: point.id, sensitivity: 1 }))
  const byKey = new Map(recommendation.settings.map((one) => [settingKey(one.point), one]))
  return fastest.flatMap(({ point }) => {
    const rated = byKey.get(settingKey(point))
    if (rated === undefined) return []
    const { cameras, camerasAtMost, step, uncertainty } = rated
    // One step of the range is rounding.
    const range = Math.log(Math.max(1, (camerasAtMost - step) / Math.max(1, cameras)))
    const sensitivity = uncertainty === undefined ? 1 : Math.max(1, range / (2 * uncertainty))
    return [{ point: point.id, cameras, sensitivity }]
  })
}

function settingKey({ server, batching }: Point): string {
  return stableKey([knownWorkers({ server }), batching])
}

function windowsOf({ measurements }: RacedRun): RaceWindow[] {
  return measurements.flatMap(({ point, repetition, fps, validity, complete }) =>
    complete && validity === 'VALID' ? [{ point, block: repetition, fps }] : [],
  )
}

/** A gap between two measurements that is longer is no preparation: the run was interrupted. */
const longestPreparationS = 60

/** Seconds that a run has taken since its first measurement, without interruptions. */
export function timeSpentS(measurements: readonly MeasurementRecord[], nowMs: number): number {
  const inTime = measurements.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
  return inTime.reduce((sum, { startedAt, windowEndUs }, i) => {
    const next = inTime[i + 1]
    const untilMs = next === undefined ? nowMs : Date.parse(next.startedAt)
    const elapsedS = (untilMs - Date.parse(startedAt)) / 1000
    return sum + Math.min(elapsedS, windowEndUs / 1e6 + longestPreparationS)
  }, 0)
}
