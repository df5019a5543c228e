import stableStringify from 'safe-stable-stringify'
import {
  allPoints,
  type MeasureSettings,
  type Plan,
  type PlannedPoint,
  type Point,
  type SloSettings,
} from './plan.js'

/** Settings that can be recommended for the same question: they differ in batching and workers only. */
export interface RecommendedAmong<P extends PlannedPoint = Point> {
  /** A point under camera load. Its number of cameras has no meaning. */
  cameraPoint: P
  slo: SloSettings
  /** The points under closed load, and under camera load with any number of cameras. */
  points: P[]
}

/**
 * The questions that a plan with closed and camera loads and an SLO can answer by a recommendation: each rate and SLO, on
 * each server, for each model and video.
 */
export function recommendationQuestions<P extends PlannedPoint>(points: readonly P[]): RecommendedAmong<P>[] {
  const questions = new Map<string, RecommendedAmong<P>>()
  for (const point of points) {
    const { load, slo } = point
    if (load.kind !== 'cameras' || slo === undefined) continue
    const closed = points.filter((one) => one.load.kind === 'closed' && subjectKey(one) === subjectKey(point))
    if (closed.length === 0) continue
    const key = stableStringify([subjectKey(point), loadKey(load), slo])
    const known = questions.get(key) ?? { cameraPoint: point, slo, points: closed }
    questions.set(key, { ...known, points: [...known.points, point] })
  }
  return [...questions.values()]
}

/** The fill deadline is part of a setting: requests of one frame have none. */
function loadKey(load: object): string {
  return stableStringify([{ ...load, cameras: undefined, ofCeiling: undefined, fillDeadlineMs: undefined }])
}

/** The number of workers is part of a setting, not of the server. */
function subjectKey({ server, model, video }: Pick<PlannedPoint, 'server' | 'model' | 'video'>): string {
  return stableStringify([{ ...server, workers: undefined }, model, video])
}

/**
 * Whether one more run follows this plan: the recommendation can be a prediction, and the run that confirms it is not
 * planned yet.
 */
export function awaitsConfirmation(plan: Pick<Plan, 'points' | 'ofCeiling'>): boolean {
  const points = allPoints(plan)
  return (
    points.every(({ purpose }) => purpose === undefined) &&
    recommendationQuestions(points).some((question) => question.points.some(reportsBatches))
  )
}

/** A server by URL reports its batches only if its log can be read. */
function reportsBatches({ server }: PlannedPoint): boolean {
  return server.kind !== 'url' || server.logFile !== undefined
}

/** A shorter window shows too little of how a server's speed varies to plan with. */
export const shortestWindowS = 10

/** A confirming run with few cameras takes longer than the windows of the plan, but not longer than this. */
const longestWindowS = 60

/**
 * How a confirming run is measured: once, as long as the windows of the plan and as its requests need for a decision.
 *
 * @param neededS time until the requests of the cameras are enough; 0 if the cameras are not known yet
 */
export function confirmingMeasure({ passes: _, ...measure }: MeasureSettings, neededS = 0): MeasureSettings {
  const enoughS = Math.max(shortestWindowS, Math.min(longestWindowS, Math.ceil(neededS)))
  return { ...measure, repetitions: 1, durationS: Math.max(measure.durationS, enoughS) }
}
