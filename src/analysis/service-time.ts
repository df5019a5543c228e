import { linearRegression, median, rSquared } from 'simple-statistics'
import type { SentAs } from '../scenario/plan/plan.js'
import type { BatchFormed } from '../run/batches-formed.js'
import { toMs } from './percentile.js'

/** t(b) = tauMs + alphaMs·b fitted to the median handler time of each batch size that the server formed. */
export interface ServiceTime {
  sizes: { frames: number; batches: number; medianMs: number; fittedMs?: number }[]
  /** Absent with fewer than `fewestSizesForLine` batch sizes. */
  tauMs?: number
  alphaMs?: number
  /** Absent with fewer than `fewestSizesForRSquared`: a line through three points nearly always fits them. */
  rSquared?: number
}

const fewestBatches = 5
export const fewestSizesForLine = 3
export const fewestSizesForRSquared = 4

/** The cost of a batch depends on how its frames were sent, so each server, encoding and protocol has its own line. */
export interface EncodedServiceTime extends ServiceTime, SentAs {
  /** The label of the server. */
  server: string
}

/** Handler times by frames in the batch. Nothing else of a measurement's batches is kept: 8 bytes per batch. */
export type BatchTimes = Map<number, number[]>

export function addBatchTimes(times: BatchTimes, batches: Iterable<BatchFormed>): void {
  for (const { framesFormed, handlerMs } of batches) {
    if (handlerMs === undefined) continue
    const known = times.get(framesFormed)
    if (known === undefined) times.set(framesFormed, [handlerMs])
    else known.push(handlerMs)
  }
}

/** Undefined if no batch has a handler time. A line needs at least three batch sizes. */
export function fitServiceTime(times: BatchTimes): ServiceTime | undefined {
  const sizes: ServiceTime['sizes'] = [...times]
    .filter(([, some]) => some.length >= fewestBatches)
    .map(([frames, some]) => ({ frames, batches: some.length, medianMs: median(some) }))
    .toSorted((a, b) => a.frames - b.frames)
  if (sizes.length === 0) return undefined
  if (sizes.length < fewestSizesForLine) return { sizes }
  const pairs = sizes.map(({ frames, medianMs }) => [frames, medianMs])
  const { m, b } = linearRegression(pairs)
  return {
    sizes: sizes.map((size) => ({ ...size, fittedMs: toMs((b + m * size.frames) * 1000)! })),
    tauMs: b,
    alphaMs: m,
    ...(sizes.length >= fewestSizesForRSquared && { rSquared: rSquared(pairs, (x) => b + m * x) }),
  }
}
