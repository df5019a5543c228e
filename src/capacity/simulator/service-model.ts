import { mean, median, sampleStandardDeviation } from 'simple-statistics'
import { meanServiceMs, type ServiceTimeModel } from '../../batching/service-time.js'
import type { Random } from '../../system/seeded-random.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { addBatchTimes, fitServiceTime, type BatchTimes } from '../../analysis/service-time.js'
import {
  type MeasuredNoise,
  measuredNoise,
  ratiosOfSize,
  resampledRatios,
  type SizedRatio,
  standardErrorOfBlocks,
} from './service-noise.js'

/** The duration of batches on one server, learned from the batches that it ran. */
export interface ServiceModel {
  /** A table of medians, one per batch size that was seen often enough. */
  times: ServiceTimeModel
  noise: MeasuredNoise
  /** t(b) = τ + α·b through the table, for explanation; undefined with fewer than three sizes. */
  tauMs?: number | undefined
  alphaMs?: number | undefined
  /**
   * By how much all times may be off together, as a share: twice the standard error of their mean, from blocks of noise or
   * from whole measurements, whichever is larger.
   */
  uncertainty: number
  /** Standard deviation of the speed of one further measurement around the fit, as a share; absent: none. */
  drift?: number | undefined
  batches: number
}

/** Drift from run to run on a quiet two-core machine, which one run cannot show. */
export const smallestUncertainty = 0.02

/**
 * Learns from batches in order of time, of one or several measurements. All have to be measured with the number of workers
 * that the model is used for, because workers share cores.
 *
 * @param batchOverheadMs time that a worker loses with each batch besides the handler
 * @param noisy the measurements whose noise is resampled: those under the load that the model is used for
 * @returns undefined if too few batches have a handler time
 */
export function fitServiceModel(
  batches: BatchFormed[],
  batchOverheadMs = 0,
  noisy: BatchFormed[][] = [batches],
): ServiceModel | undefined {
  const bySize: BatchTimes = new Map()
  addBatchTimes(bySize, batches)
  const fit = fitServiceTime(bySize)
  if (fit === undefined) return undefined
  const times: ServiceTimeModel = {
    tauMs: 0,
    alphaMs: 0,
    jitter: 0,
    table: fit.sizes.map(({ frames, medianMs }) => ({ frames, ms: medianMs + batchOverheadMs })),
  }
  const toRatios = (some: BatchFormed[]): SizedRatio[] =>
    some.flatMap(({ handlerMs, framesFormed: frames }) =>
      handlerMs === undefined
        ? []
        : [{ frames, ratio: (handlerMs + batchOverheadMs) / meanServiceMs(times, frames) }],
    )
  const measured = noisy.map(toRatios).filter(({ length }) => length > 0)
  if (measured.length === 0) return undefined
  const levels = measured.map((some) => median(some.map(({ ratio }) => ratio)))
  const noise = measuredNoise(withoutDrift(measured, levels), toRatios(batches))
  return {
    times,
    noise,
    ...(fit.tauMs !== undefined && { tauMs: fit.tauMs + batchOverheadMs, alphaMs: fit.alphaMs }),
    uncertainty: Math.max(
      smallestUncertainty,
      2 * standardErrorOfBlocks(noise),
      levels.length < 2 ? 0 : (2 * sampleStandardDeviation(levels)) / Math.sqrt(levels.length),
    ),
    drift: estimateDrift(levels),
    batches: fit.sizes.reduce((sum, { batches }) => sum + batches, 0),
  }
}

/** Service times of this model, all multiplied by `scale`. */
export function createServiceTimes(
  { times, noise }: ServiceModel,
  scale = 1,
): (random: Random) => ServiceTimes {
  const expectedMs: number[] = []
  return (random) => {
    const ratio = resampledRatios(noise, random)
    return (frames) => (expectedMs[frames] ??= scale * meanServiceMs(times, frames)) * ratio(frames)
  }
}

/** Mean time of a batch, noise included, in ms. */
export function meanBatchMs({ times, noise }: ServiceModel, frames: number): number {
  return meanServiceMs(times, frames) * mean([...ratiosOfSize(noise, frames)])
}

/** As many measurements' worth is the usual drift, 2 %, where few measurements were made. */
const usualDriftWeight = 4

function estimateDrift(levels: readonly number[]): number {
  const middle = mean([...levels])
  const squares = levels.reduce((sum, level) => sum + (level / middle - 1) ** 2, 0)
  const variance =
    (usualDriftWeight * smallestUncertainty ** 2 + squares) / (usualDriftWeight + levels.length - 1)
  // The fit is a mean of these measurements, and is off by its own share.
  return Math.sqrt(variance * (1 + 1 / levels.length))
}

/**
 * All measurements at their mean speed. A machine is faster in one run than in the next; within a run there is no such
 * step, and a noise with these steps has tails that no run has.
 */
function withoutDrift(measured: readonly SizedRatio[][], levels: readonly number[]): SizedRatio[] {
  const batches = measured.reduce((sum, { length }) => sum + length, 0)
  const level = measured.reduce((sum, { length }, i) => sum + (length / batches) * levels[i]!, 0)
  return measured.flatMap((some, i) =>
    some.map(({ frames, ratio }) => ({ frames, ratio: (ratio / levels[i]!) * level })),
  )
}

/**
 * Time that a batch of this many frames occupies a worker, in ms. Called once per batch, in order of dispatch.
 */
export type ServiceTimes = (frames: number) => number
