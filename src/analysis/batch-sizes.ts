import { Phase } from '../run/record.js'
import type { BatchFormed } from '../run/batches-formed.js'
import type { Fold } from './fold.js'

/** The batches that the server ran during a window. */
export interface BatchSizes {
  batches: number
  framesMean: number
  /** Number of batches of each size in frames, ascending. */
  bySize: { frames: number; batches: number }[]
  /** Share of batches that held the configured number of requests. */
  fullShare: number
  /** Share of batches that were dispatched because maxBatchDelay had passed. */
  delayShare: number
}

/** The batches with a request of the measured phase. Batches of warm-up and drain ran under another load. */
export function measuredBatches(batches: readonly BatchFormed[]): Fold<BatchFormed[]> {
  const inWindow = new Set<number>()
  return {
    add({ requests }) {
      if (batches.length === 0) return
      for (let row = 0; row < requests.count; row++)
        if (requests.phase[row] === Phase.measured) inWindow.add(requests.request[row]!)
    },
    result: () => batches.filter(({ members }) => members.some((request) => inWindow.has(request))),
  }
}

/** Undefined if there are none. */
export function summariseBatches(batches: readonly BatchFormed[]): BatchSizes | undefined {
  if (batches.length === 0) return undefined
  const bySize = new Map<number, number>()
  for (const { framesFormed } of batches) bySize.set(framesFormed, (bySize.get(framesFormed) ?? 0) + 1)
  const share = (dispatch: BatchFormed['dispatch']) =>
    batches.filter((batch) => batch.dispatch === dispatch).length / batches.length
  return {
    batches: batches.length,
    framesMean: batches.reduce((sum, { framesFormed }) => sum + framesFormed, 0) / batches.length,
    bySize: [...bySize]
      .map(([frames, count]) => ({ frames, batches: count }))
      .toSorted((a, b) => a.frames - b.frames),
    fullShare: share('full'),
    delayShare: share('delay'),
  }
}

/** The sizes of several measurements together; undefined if no measurement has batches. */
export function poolBatchSizes(parts: readonly (BatchSizes | undefined)[]): BatchSizes | undefined {
  const known = parts.filter((part) => part !== undefined)
  const batches = known.reduce((sum, part) => sum + part.batches, 0)
  if (batches === 0) return undefined
  const mean = (of: (part: BatchSizes) => number) =>
    known.reduce((sum, part) => sum + of(part) * part.batches, 0) / batches
  const bySize = new Map<number, number>()
  for (const size of known.flatMap((part) => part.bySize))
    bySize.set(size.frames, (bySize.get(size.frames) ?? 0) + size.batches)
  return {
    batches,
    framesMean: mean((part) => part.framesMean),
    bySize: [...bySize]
      .map(([frames, count]) => ({ frames, batches: count }))
      .toSorted((a, b) => a.frames - b.frames),
    fullShare: mean((part) => part.fullShare),
    delayShare: mean((part) => part.delayShare),
  }
}
