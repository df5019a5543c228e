import { settleBatching } from './settle-batching.js'
import { settleServer } from './settle-server.js'
import type { WrittenCell } from './written-cell.js'

/**
 * Frames in flight where a closed load names none: one number for all points, since modes and batch sizes are
 * compared at equal frames in flight. With W workers TorchServe is only busy all the time from (W + 1) batches on
 * (one that waits for each that runs, and one being collected), so it is that for the largest batch, rounded up
 * to a multiple of every K.
 */
export function defaultFramesInFlight(cells: readonly WrittenCell[]): number {
  const batchings = cells.flatMap((cell) => {
    const settled = settleBatching(cell.batching)
    return 'reason' in settled ? [] : [settled]
  })
  const workers = cells
    .map((cell) => settleServer(cell.server))
    .map((server) => ('workers' in server ? server.workers : 1))
  const enough = (Math.max(1, ...workers) + 1) * Math.max(1, ...batchings.map(({ batchSize }) => batchSize))
  const multiple = batchings.map(({ framesPerRequest }) => framesPerRequest).reduce(leastCommonMultiple, 1)
  return Math.ceil(enough / multiple) * multiple
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
