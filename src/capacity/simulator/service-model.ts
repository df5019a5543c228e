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
  /** Speed of one further measurement around the fit; absent: the same speed. */
  drift?: Drift | undefined
  batches: number
}

/** How the speed of a machine differs from one measurement to the next: a t distribution. */
export interface Drift {
  /** As a share of the speed. */
  scale: number
  /** Few measurements leave the scale itself uncertain. */
  degreesOfFreedom: number
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

/**
 * Service times of this model, all multiplied by `scale`.
 *
 * @param noiseOf one measurement whose noise is drawn, modulo their number; undefined: all of them
 */
export function createServiceTimes(
  { times, noise }: ServiceModel,
  scale = 1,
  noiseOf?: number,
): (random: Random) => ServiceTimes {
  const expectedMs: number[] = []
  return (random) => {
    const ratio = resampledRatios(noise, random, noiseOf)
    return (frames) => (expectedMs[frames] ??= scale * meanServiceMs(times, frames)) * ratio(frames)
  }
}

/** Mean time of a batch, noise included, in ms. */
export function meanBatchMs({ times, noise }: ServiceModel, frames: number): number {
  return meanServiceMs(times, frames) * mean([...ratiosOfSize(noise, frames)])
}

/**
 * Scale of the drift between measurements that are minutes apart, where few measurements were made: 2 % on a quiet machine,
 * 7 % on a virtual machine that shares its cores (bench/capacity/RESULTS.md). It counts as much as four measurements.
 */
const usualDrift = 0.03
const usualDriftWeight = 4

/**
 * The predictive distribution of the next level (Gelman et al., Bayesian Data Analysis, section 3.3): a t distribution,
 * from the usual drift and the levels of the measurements. The fit is a mean of these, and is off by its own share.
 */
function estimateDrift(levels: readonly number[]): Drift {
  const middle = mean([...levels])
  const squares = levels.reduce((sum, level) => sum + (level / middle - 1) ** 2, 0)
  const degreesOfFreedom = usualDriftWeight + levels.length - 1
  const variance = (usualDriftWeight * usualDrift ** 2 + squares) / degreesOfFreedom
  return { scale: Math.sqrt(variance * (1 + 1 / levels.length)), degreesOfFreedom }
}

/**
 * All measurements at their mean speed. A machine is faster in one run than in the next; within a run there is no such
 * step, and a noise with these steps has tails that no run has.
 */
function withoutDrift(measured: readonly SizedRatio[][], levels: readonly number[]): SizedRatio[][] {
  const batches = measured.reduce((sum, { length }) => sum + length, 0)
  const level = measured.reduce((sum, { length }, i) => sum + (length / batches) * levels[i]!, 0)
  return measured.map((some, i) =>
    some.map(({ frames, ratio }) => ({ frames, ratio: (ratio / levels[i]!) * level })),
  )
}

/**
 * Time that a batch of this many frames occupies a worker, in ms. Called once per batch, in order of dispatch.
 */
export type ServiceTimes = (frames: number) => number
