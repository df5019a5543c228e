import { mean, standardDeviation } from 'simple-statistics'
import type { Random } from '../../system/seeded-random.js'

/** The noise of one batch. */
export interface SizedRatio {
  frames: number
  /** Measured ÷ expected time: 1.1 took 10 % longer than its size explains. */
  ratio: number
}

/** The noise of batches that follow each other on one worker, as measured. */
export interface MeasuredNoise {
  /** Measured ÷ expected time of each batch, in order of time. */
  ratios: Float64Array
  /** Number of batches that stay together when they are resampled. */
  blockLength: number
  /** Places at which the measurements of the series begin, ascending from 0; absent: it is one measurement. */
  starts?: readonly number[] | undefined
  /** Absent: the noise of all sizes is the same. */
  bySize?: NoiseBySize | undefined
}

interface NoiseBySize {
  /** Of each batch of the series: the share of batches of its size that were faster. */
  ranks: Float64Array
  sizes: SizeNoise[]
}

interface SizeNoise {
  frames: number
  /** Ascending. */
  ratios: Float64Array
}

/** Batches of one size that show its distribution. */
const fewestOfSize = 30

/**
 * @param measurements in order of time, of the load whose noise is resampled
 * @param all further batches, for sizes that the measurements have too few of
 */
export function measuredNoise(
  measurements: readonly (readonly SizedRatio[])[],
  all: readonly SizedRatio[],
): MeasuredNoise {
  const series = measurements.flat()
  const ratios = Float64Array.from(series, ({ ratio }) => ratio)
  const sizes = sizesOf(series, all)
  return {
    ratios,
    blockLength: chooseBlockLength(ratios),
    starts: startsOf(measurements),
    ...(sizes.length > 0 && {
      bySize: { ranks: Float64Array.from(series, (one) => rankOf(one, sizes)), sizes },
    }),
  }
}

function startsOf(measurements: readonly (readonly SizedRatio[])[]): number[] {
  let next = 0
  return measurements.map(({ length }) => {
    const start = next
    next += length
    return start
  })
}

function sizesOf(series: readonly SizedRatio[], all: readonly SizedRatio[]): SizeNoise[] {
  const frames = [...new Set(all.map((one) => one.frames))].toSorted((a, b) => a - b)
  return frames.flatMap((frames): SizeNoise[] => {
    const ofSize = (some: readonly SizedRatio[]) =>
      Float64Array.from(some.flatMap((one) => (one.frames === frames ? [one.ratio] : []))).toSorted()
    const noisy = ofSize(series)
    const ratios = noisy.length >= fewestOfSize ? noisy : ofSize(all)
    return ratios.length >= fewestOfSize ? [{ frames, ratios }] : []
  })
}

/** By bisection: at 4,000 batches per second a fit has 100,000 ranks to find. */
function rankOf({ frames, ratio }: SizedRatio, sizes: readonly SizeNoise[]): number {
  const { ratios } = nearestSize(sizes, frames)!
  let [first, last] = [0, ratios.length - 1]
  while (first < last) {
    const middle = Math.floor((first + last) / 2)
    if (ratios[middle]! >= ratio) last = middle
    else first = middle + 1
  }
  return (first + 0.5) / ratios.length
}

/** By ratio, because noise changes with the share of fixed cost in a batch. */
function nearestSize(sizes: readonly SizeNoise[], frames: number): SizeNoise | undefined {
  const distance = (size: SizeNoise) => Math.abs(Math.log(size.frames / frames))
  return sizes.reduce<SizeNoise | undefined>(
    (nearest, size) => (nearest === undefined || distance(size) < distance(nearest) ? size : nearest),
    undefined,
  )
}

/** All ratios that a batch of this size can draw. */
export function ratiosOfSize({ ratios, bySize }: MeasuredNoise, frames: number): Float64Array {
  return (bySize && nearestSize(bySize.sizes, frames)?.ratios) ?? ratios
}

/**
 * Ratios resampled in blocks (moving-block bootstrap, Künsch 1989). On a real machine a slow batch is followed by slow
 * batches, and these series make the tail: independent draws match the median, but miss p99 by up to 20 %.
 *
 * On a busy machine a small batch is slowed by a larger share than a full one. So what a batch hands on to one of another
 * size is its rank: slower than 90 % of its size makes slower than 90 % of the other size.
 *
 * @param from one measurement to draw from, modulo their number; undefined: all of them
 * @returns to be called once per batch, in order of dispatch
 */
export function resampledRatios(
  noise: MeasuredNoise,
  random: Random,
  from?: number,
): (frames: number) => number {
  const { ratios, blockLength, bySize } = noise
  const [start, end] = from === undefined ? [0, ratios.length] : extentOf(noise, from)
  const known: Float64Array[] = []
  let left = 0
  let next = 0
  return (frames) => {
    if (left === 0) {
      left = blockLength
      next = start + Math.floor(random() * (end - start))
    }
    left--
    const place = next
    // Wraps around the end, so that all measured batches are equally likely.
    next = next + 1 < end ? next + 1 : start
    if (bySize === undefined) return ratios[place]!
    const ofSize = (known[frames] ??= ratiosOfSize(noise, frames))
    return ofSize[Math.floor(bySize.ranks[place]! * ofSize.length)]!
  }
}

/** First place of a measurement in the series, and the place after its last. */
function extentOf({ ratios, starts = [0] }: MeasuredNoise, measurement: number): [number, number] {
  const i = measurement % starts.length
  return [starts[i]!, starts[i + 1] ?? ratios.length]
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

/** Standard error of the mean ratio, from blocks. */
export function standardErrorOfBlocks({ ratios, blockLength }: MeasuredNoise): number {
  const blocks = Math.floor(ratios.length / blockLength)
  if (blocks < 2) return 0
  const means = Array.from({ length: blocks }, (_, block) =>
    mean([...ratios.subarray(block * blockLength, (block + 1) * blockLength)]),
  )
  return standardDeviation(means) / Math.sqrt(blocks)
}
