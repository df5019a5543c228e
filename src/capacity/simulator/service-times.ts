import { drawServiceMs, meanServiceMs, type ServiceTimeModel } from '../../batching/service-time.js'
import type { Random } from '../../system/seeded-random.js'

/**
 * Time that a worker is taken up by a batch of this many frames, in ms; asked for once a batch, in order of
 * dispatch.
 */
export type ServiceTimes = (frames: number) => number

/** Independent draws, as the embedded server makes them. */
export function independentServiceTimes(model: ServiceTimeModel, random: Random): ServiceTimes {
  return (frames) => drawServiceMs(model, frames, random)
}

/** Batches that follow each other on one worker, as they were measured. */
export interface MeasuredNoise {
  /** Measured ÷ expected time of each, in order of time: 1.1 took 10 % longer than its size explains. */
  ratios: Float64Array
  /** Batches that stay together when they are drawn again. */
  blockLength: number
}

/**
 * Expected time of the size × noise drawn again in blocks (moving-block bootstrap, Künsch 1989): on a real machine
 * a slow batch is followed by slow ones, and it is the runs of slow batches that make the tail. Independent draws
 * hit the median and miss p99 by up to a fifth.
 */
export function resampledServiceTimes(
  model: ServiceTimeModel,
  noise: MeasuredNoise,
  random: Random,
): ServiceTimes {
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
    // Around the end: each measured batch is then as likely as any other.
    place = (place + 1) % ratios.length
    return meanServiceMs(model, frames) * ratio
  }
}
