import { Phase } from '../run/record.js'
import type { BatchFormed } from '../run/batches-formed.js'
import { RequestSet } from '../run/request-set.js'
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

/** Of the batches with a request of the measured phase. Batches of warm-up and drain ran under another load. */
export function measuredBatches(batches: Iterable<BatchFormed>): Fold<BatchSizes | undefined> {
  const measured = new RequestSet()
  return {
    add({ requests }) {
      for (let row = 0; row < requests.count; row++)
        if (requests.phase[row] === Phase.measured) measured.add(requests.request[row]!)
    },
    result: () =>
      summariseBatches(batches, ({ members }) => members.some((request) => measured.has(request))),
  }
}

/** Undefined if there are none. */
export function summariseBatches(
  batches: Iterable<BatchFormed>,
  isCounted: (batch: BatchFormed) => boolean = () => true,
): BatchSizes | undefined {
  const bySize = new Map<number, number>()
  let [count, frames, full, delayed] = [0, 0, 0, 0]
  for (const batch of batches) {
    if (!isCounted(batch)) continue
    count++
    frames += batch.framesFormed
    bySize.set(batch.framesFormed, (bySize.get(batch.framesFormed) ?? 0) + 1)
    if (batch.dispatch === 'full') full++
    if (batch.dispatch === 'delay') delayed++
  }
  if (count === 0) return undefined
  return {
    batches: count,
    framesMean: frames / count,
    bySize: inOrderOfSize(bySize),
    fullShare: full / count,
    delayShare: delayed / count,
  }
}

function inOrderOfSize(bySize: ReadonlyMap<number, number>): BatchSizes['bySize'] {
  return [...bySize].map(([frames, batches]) => ({ frames, batches })).toSorted((a, b) => a.frames - b.frames)
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
    bySize: inOrderOfSize(bySize),
    fullShare: mean((part) => part.fullShare),
    delayShare: mean((part) => part.delayShare),
  }
}
