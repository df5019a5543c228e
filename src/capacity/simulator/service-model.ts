import { mean, standardDeviation } from 'simple-statistics'
import { meanServiceMs, type ServiceTimeModel } from '../../batching/service-time.js'
import type { Random } from '../../system/seeded-random.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { addBatchTimes, fitServiceTime, type BatchTimes } from '../../analysis/service-time.js'

/** The duration of batches on one server, learned from the batches that it ran. */
export interface ServiceModel {
  /** A table of medians, one per batch size that was seen often enough. */
  times: ServiceTimeModel
  noise: MeasuredNoise
  /** t(b) = τ + α·b through the table, for explanation; undefined with fewer than three sizes. */
  tauMs?: number | undefined
  alphaMs?: number | undefined
  /** By how much all times may be off together, as a share: twice the standard error of the noise's block means. */
  uncertainty: number
  batches: number
}

/** Drift from run to run on a quiet two-core machine, which one run cannot show. */
const smallestUncertainty = 0.02

/**
 * Learns from batches in order of time, of one or several measurements. All have to be measured with the number of workers
 * that the model is used for, because workers share cores.
 *
 * @param batchOverheadMs time that a worker loses with each batch besides the handler
 * @param noisy batches whose noise is resampled: those under the load that the model is used for
 * @returns undefined if too few batches have a handler time
 */
export function fitServiceModel(
  batches: BatchFormed[],
  batchOverheadMs = 0,
  noisy: BatchFormed[] = batches,
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
  const ratios = Float64Array.from(
    noisy.flatMap(({ handlerMs, framesFormed }) =>
      handlerMs === undefined ? [] : [(handlerMs + batchOverheadMs) / meanServiceMs(times, framesFormed)],
    ),
  )
  if (ratios.length === 0) return undefined
  const blockLength = chooseBlockLength(ratios)
  return {
    times,
    noise: { ratios, blockLength },
    ...(fit.tauMs !== undefined && { tauMs: fit.tauMs + batchOverheadMs, alphaMs: fit.alphaMs }),
    uncertainty: estimateUncertainty(ratios, blockLength),
    batches: fit.sizes.reduce((sum, { batches }) => sum + batches, 0),
  }
}

/** Service times of this model, all multiplied by `scale`. */
export function createServiceTimes(
  { times, noise }: ServiceModel,
  scale = 1,
): (random: Random) => ServiceTimes {
  return (random) => {
    const draw = resampledServiceTimes(times, noise, random)
    return (frames) => scale * draw(frames)
  }
}

/**
 * Long enough to keep series of slow batches together: twice the lag at which the autocorrelation falls below 0.1, at least
 * the cube root of the number of batches (Künsch 1989), at most a fifth of them.
 */
function chooseBlockLength(ratios: Float64Array): number {
  const most = Math.max(1, Math.floor(ratios.length / 5))
  let lag = 1
  while (lag < most && autocorrelation(ratios, lag) > 0.1) lag++
  return Math.min(most, Math.max(2 * lag, Math.ceil(Math.cbrt(ratios.length))))
}

function autocorrelation(values: Float64Array, lag: number): number {
  const middle = mean([...values])
  let products = 0
  let squares = 0
  for (const [i, value] of values.entries()) {
    squares += (value - middle) ** 2
    if (i >= lag) products += (value - middle) * (values[i - lag]! - middle)
  }
  return squares === 0 ? 0 : products / squares
}

function estimateUncertainty(ratios: Float64Array, blockLength: number): number {
  const blocks = Math.floor(ratios.length / blockLength)
  if (blocks < 2) return smallestUncertainty
  const means = Array.from({ length: blocks }, (_, block) =>
    mean([...ratios.subarray(block * blockLength, (block + 1) * blockLength)]),
  )
  return Math.max(smallestUncertainty, (2 * standardDeviation(means)) / Math.sqrt(blocks))
}

/**
 * Time that a batch of this many frames occupies a worker, in ms. Called once per batch, in order of dispatch.
 */
export type ServiceTimes = (frames: number) => number

/** The noise of batches that follow each other on one worker, as measured. */
interface MeasuredNoise {
  /** Measured ÷ expected time of each batch, in order of time: 1.1 took 10 % longer than its size explains. */
  ratios: Float64Array
  /** Number of batches that stay together when they are resampled. */
  blockLength: number
}

/**
 * Expected time of the size × noise that is resampled in blocks (moving-block bootstrap, Künsch 1989). On a real machine a
 * slow batch is followed by slow batches, and these series make the tail: independent draws match the median, but miss p99
 * by up to 20 %.
 */
function resampledServiceTimes(model: ServiceTimeModel, noise: MeasuredNoise, random: Random): ServiceTimes {
  const { ratios, blockLength } = noise
  let left = 0
  let place = 0
  return (frames) => {
    if (left === 0) {
      left = blockLength
      place = Math.floor(random() * ratios.length)
    }
    left--
    const ratio = ratios[place]!
    // Wraps around the end, so that all measured batches are equally likely.
    place = (place + 1) % ratios.length
    return meanServiceMs(model, frames) * ratio
  }
}
