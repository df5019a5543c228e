import { mixSeeds, seededRandom, shuffled, type Random } from '../../system/seeded-random.js'
import type { PlannedMeasurement, Point } from './plan.js'

/**
 * All measurements in seeded random order. Each repetition is one pass over all points, shuffled anew, so that a
 * machine that slows down during a run favours neither a mode nor a batch size. Points with the same server, model and
 * video stay together, because changing those needs a restart.
 */
export function orderMeasurements(points: readonly Point[], seed: number): PlannedMeasurement[] {
  const random = seededRandom(seed)
  const groups = [...new Set(points.map(restartKey))].map((key) =>
    points.filter((point) => restartKey(point) === key),
  )
  return shuffled(groups, random).flatMap((group) => passes(group, seed, random))
}

function passes(points: readonly Point[], seed: number, random: Random): PlannedMeasurement[] {
  const repetitions = Math.max(...points.map((point) => point.measure.repetitions))
  return Array.from({ length: repetitions }, (_, index) => index + 1).flatMap((repetition) => {
    const due = points.filter((point) => point.measure.repetitions >= repetition)
    return shuffled(due, random).map(({ id, load }) => ({
      point: id,
      repetition,
      phaseSeed: phaseSeed(seed, load.kind === 'cameras' ? load.cameras : 0, repetition),
    }))
  })
}

/** Equal for points that need no restart of the server or the video; workers can change without one. */
export function restartKey({ server, model, video }: Pick<Point, 'server' | 'model' | 'video'>): string {
  return JSON.stringify([{ ...server, workers: undefined }, model, video])
}

/**
 * Seed of the camera phases: the same for all points with as many cameras in the same repetition, so that both
 * batching modes get the same arrivals, and unrelated between repetitions.
 *
 * @returns 0 … 2³² − 1
 */
export function phaseSeed(seed: number, cameras: number, repetition: number): number {
  return mixSeeds(seed, cameras, repetition) >>> 0
}
