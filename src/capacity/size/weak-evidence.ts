import { samplesNeeded } from '../../analysis/percentile.js'
import { fewestSizesForLine } from '../../analysis/service-time.js'
import type { Point } from '../../scenario/plan/plan.js'
import type { SettingCapacity } from '../capacity-run.js'
import type { FittedServer } from '../simulator/fit-server.js'
import { shortestWindowS } from '../../scenario/plan/confirming-run.js'
import type { SizeQuestion } from './size-question.js'

/** Why a capacity is only a rough estimate. */
export type Weakness =
  /** No window behind it is longer than `windowS`. */
  | { kind: 'short-windows'; windowS: number; neededS: number }
  /** `batches` are too few to show how long the slowest of them take. */
  | { kind: 'few-batches'; batches: number; needed: number; percentile: number }
  /** `sizes`, frames per batch, are too few, or do not reach the full batch, to know the time of a batch of each size. */
  | { kind: 'few-batch-sizes'; sizes: number[]; needed: number; fullBatch: number }

/** The weaknesses of a capacity that is simulated with the service times of a run. */
export function weaknessesOfFit(
  { slo }: Pick<SizeQuestion, 'slo'>,
  { batching }: Pick<Point, 'batching'>,
  { model, longestWindowS }: FittedServer,
): Weakness[] {
  const batches = model.noise.ratios.length
  const needed = samplesNeeded(slo.percentile / 100)
  const sizes = model.times.table?.map(({ frames }) => frames) ?? []
  const sizesNeeded = Math.min(fewestSizesForLine, batching.serverBatchSize)
  const isSparse = sizes.length < sizesNeeded || Math.max(...sizes) < batching.batchSize
  return [
    ...weaknessesOfWindow(longestWindowS),
    ...(batches < needed
      ? [{ kind: 'few-batches' as const, batches, needed, percentile: slo.percentile }]
      : []),
    ...(isSparse
      ? [{ kind: 'few-batch-sizes' as const, sizes, needed: sizesNeeded, fullBatch: batching.batchSize }]
      : []),
  ]
}

/** The weaknesses of a capacity that was measured. Its number of requests was enough, or it would not have passed. */
export function weaknessesOfWindow(windowS: number): Weakness[] {
  // Rounded as it is shown: a window of 9.999 s is one of 10 s.
  const rounded = Math.round(10 * windowS) / 10
  return rounded < shortestWindowS
    ? [{ kind: 'short-windows', windowS: rounded, neededS: shortestWindowS }]
    : []
}

/**
 * The weaknesses of the planning capacity that a search found. Its windows are short, but the simulation of the stationary
 * state supports it; a search of an older version had none.
 */
export function weaknessesOfSearch({ found }: SettingCapacity): Weakness[] {
  const { sustained, capacity } = found ?? {}
  return sustained !== undefined || capacity === undefined
    ? []
    : weaknessesOfWindow(Math.min(...capacity.draws.map(({ windowS }) => windowS)))
}
