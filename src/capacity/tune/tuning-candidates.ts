import type { BatchingMode } from '../../scenario/schema/settings.js'

/** One way to run the server and to send to it. */
export interface TuningCandidate {
  mode: BatchingMode
  framesPerRequest: number
  serverBatchSize: number
  /** Undefined where the server batches nothing. */
  maxBatchDelayMs?: number
  workers: number
}

export interface TuningSpace {
  modes: BatchingMode[]
  /** Frames that one inference is asked to hold, K × B. */
  batchSizes: number[]
  maxBatchDelaysMs: number[]
  workers: number[]
}

/** What is tuned where nobody says otherwise; workers are those that the scenario has. */
export const usualTuningSpace: Omit<TuningSpace, 'workers'> = {
  modes: ['server', 'client', 'hybrid'],
  batchSizes: [1, 2, 4, 8],
  maxBatchDelaysMs: [5, 20, 50],
}

/**
 * Every combination that can be told from the others: a delay means nothing where the server batches nothing, and a
 * batch of one is the same in every mode. Hybrid splits a batch size into every K and B above one.
 */
export function tuningCandidates({
  modes,
  batchSizes,
  maxBatchDelaysMs,
  workers,
}: TuningSpace): TuningCandidate[] {
  const splits = modes.flatMap((mode) =>
    batchSizes.flatMap((batchSize) => splitsOf(mode, batchSize).map((split) => ({ mode, ...split }))),
  )
  const distinct = splits.filter(
    (split, i) =>
      splits.findIndex(
        (other) =>
          other.framesPerRequest === split.framesPerRequest &&
          other.serverBatchSize === split.serverBatchSize,
      ) === i,
  )
  return workers.flatMap((count) =>
    distinct.flatMap((split): TuningCandidate[] =>
      split.serverBatchSize === 1
        ? [{ ...split, workers: count }]
        : maxBatchDelaysMs.map((maxBatchDelayMs) => ({ ...split, maxBatchDelayMs, workers: count })),
    ),
  )
}

function splitsOf(
  mode: BatchingMode,
  batchSize: number,
): { framesPerRequest: number; serverBatchSize: number }[] {
  if (mode === 'server') return [{ framesPerRequest: 1, serverBatchSize: batchSize }]
  if (mode === 'client') return [{ framesPerRequest: batchSize, serverBatchSize: 1 }]
  return Array.from({ length: batchSize }, (_, i) => i + 1)
    .filter((frames) => frames > 1 && frames < batchSize && batchSize % frames === 0)
    .map((framesPerRequest) => ({ framesPerRequest, serverBatchSize: batchSize / framesPerRequest }))
}
