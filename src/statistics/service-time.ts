import { linearRegression, median, rSquared } from 'simple-statistics'
import type { Encoding } from '../scenario/settings.js'
import type { BatchFormed } from './batches-formed.js'
import { groupBy } from './group-by.js'
import { toMs } from './milliseconds.js'

/** t(b) = tauMs + alphaMs·b fitted to the median handler time of each batch size that the server formed. */
export interface ServiceTime {
  sizes: { frames: number; batches: number; medianMs: number; fittedMs?: number }[]
  tauMs?: number
  alphaMs?: number
  rSquared?: number
}

const fewestBatches = 5

/** How frames travel changes what a batch costs the server: each encoding has its own line. */
export interface EncodedServiceTime extends ServiceTime {
  encoding: Encoding
}

/** Undefined where no batch came with its handler time; no fit from fewer than three batch sizes. */
export function serviceTime(batches: BatchFormed[]): ServiceTime | undefined {
  const bySize = groupBy(
    batches.filter((batch) => batch.handlerMs !== undefined),
    (batch) => batch.framesFormed,
  )
  const sizes: ServiceTime['sizes'] = [...bySize]
    .filter(([, some]) => some.length >= fewestBatches)
    .map(([frames, some]) => ({
      frames,
      batches: some.length,
      medianMs: median(some.map((batch) => batch.handlerMs!)),
    }))
    .toSorted((a, b) => a.frames - b.frames)
  if (sizes.length === 0) return undefined
  if (sizes.length < 3) return { sizes }
  const pairs = sizes.map(({ frames, medianMs }) => [frames, medianMs])
  const { m, b } = linearRegression(pairs)
  return {
    sizes: sizes.map((size) => ({ ...size, fittedMs: toMs((b + m * size.frames) * 1000)! })),
    tauMs: b,
    alphaMs: m,
    rSquared: rSquared(pairs, (x) => b + m * x),
  }
}
