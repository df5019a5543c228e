import type { BatchingMode } from '../scenario/plan/plan.js'
import { compareSimplicity, type SettingCost } from './simplicity.js'

/** One way to run the server and to send to it. */
export type TuningCandidate = SettingCost

export interface TuningSpace {
  modes: BatchingMode[]
  /** Frames per inference, K × B. */
  batchSizes: number[]
  maxBatchDelaysMs: number[]
  workers: number[]
}

/** The default space; its workers are those of the scenario. */
export const defaultTuningSpace: Omit<TuningSpace, 'workers'> = {
  modes: ['server', 'client', 'hybrid'],
  batchSizes: [1, 2, 4, 8],
  maxBatchDelaysMs: [5, 20, 50],
}

/**
 * Every distinct combination: a delay means nothing if the server does not batch, and a batch of one is the same in every
 * mode. Hybrid batching splits a batch size into every K and B above one.
 */
export function tuningCandidates({
  modes,
  batchSizes,
  maxBatchDelaysMs,
  workers,
}: TuningSpace): TuningCandidate[] {
  const splits = modes.flatMap((mode) =>
    batchSizes.flatMap((batchSize) => splitBatchSize(mode, batchSize).map((split) => ({ mode, ...split }))),
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

function splitBatchSize(
  mode: BatchingMode,
  batchSize: number,
): { framesPerRequest: number; serverBatchSize: number }[] {
  if (mode === 'server') return [{ framesPerRequest: 1, serverBatchSize: batchSize }]
  if (mode === 'client') return [{ framesPerRequest: batchSize, serverBatchSize: 1 }]
  return Array.from({ length: batchSize }, (_, i) => i + 1)
    .filter((frames) => frames > 1 && frames < batchSize && batchSize % frames === 0)
    .map((framesPerRequest) => ({ framesPerRequest, serverBatchSize: batchSize / framesPerRequest }))
}

/** Settings that are measured after all were simulated. */
export const defaultTop = 3

export interface TunedSetting {
  candidate: TuningCandidate
  simulatedCameras: number
  /** The planning capacity, if it was measured. */
  measuredCameras?: number | undefined
}

export interface Tuning {
  /** Best first: the measured settings by their measured capacity, then the others by simulation. */
  ranking: TunedSetting[]
  best: TunedSetting
  /** simulated ÷ measured − 1 of each measured setting that carries a camera: the error of the simulation. */
  simulationErrors: number[]
}

/**
 * Finds the setting that carries most cameras within the SLO: all candidates are simulated, the best `top` of them are
 * measured, and the measurements decide.
 *
 * @returns undefined if no candidate carries a single camera
 */
export async function tuneSettings(options: {
  candidates: TuningCandidate[]
  simulate: (candidate: TuningCandidate) => Promise<number>
  /** Measures the planning capacity, given what simulation expects. */
  measure: (candidate: TuningCandidate, expectedCameras: number) => Promise<number>
  top: number
}): Promise<Tuning | undefined> {
  const { candidates, simulate, measure, top } = options
  const simulated: TunedSetting[] = []
  for (const candidate of candidates)
    simulated.push({ candidate, simulatedCameras: await simulate(candidate) })
  const promising = simulated.filter(({ simulatedCameras }) => simulatedCameras > 0).toSorted(byCameras)
  const measured: TunedSetting[] = []
  for (const setting of promising.slice(0, top))
    measured.push({ ...setting, measuredCameras: await measure(setting.candidate, setting.simulatedCameras) })
  const ranking = [...measured.toSorted(byCameras), ...promising.slice(top)]
  const best = ranking[0]
  if (best === undefined || bestKnownCameras(best) === 0) return undefined
  return {
    ranking,
    best,
    simulationErrors: measured.flatMap(({ simulatedCameras, measuredCameras }) =>
      measuredCameras === undefined || measuredCameras === 0 ? [] : [simulatedCameras / measuredCameras - 1],
    ),
  }
}

function bestKnownCameras({ simulatedCameras, measuredCameras }: TunedSetting): number {
  return measuredCameras ?? simulatedCameras
}

/** Most cameras first; among equals the simplest. */
function byCameras(one: TunedSetting, other: TunedSetting): number {
  return bestKnownCameras(other) - bestKnownCameras(one) || compareSimplicity(one.candidate, other.candidate)
}
