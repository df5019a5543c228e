import { camerasInWords } from './cameras-in-words.js'
import type { Tuning } from '../../capacity/tune/tune-settings.js'
import type { TuningCandidate } from '../../capacity/tune/tuning-candidates.js'

export const tuningColumns = ['mode', 'K', 'B', 'delay ms', 'workers', 'simulated', 'measured'] as const

/** The ranking as a table, best first; cameras by simulation, and by measurement where there was one. */
export function tuningRows({ ranking }: Tuning): Record<(typeof tuningColumns)[number], string>[] {
  return ranking.map(({ candidate, simulatedCameras, measuredCameras }) => ({
    mode: candidate.mode,
    K: String(candidate.framesPerRequest),
    B: String(candidate.serverBatchSize),
    'delay ms': candidate.maxBatchDelayMs === undefined ? '' : String(candidate.maxBatchDelayMs),
    workers: String(candidate.workers),
    simulated: String(simulatedCameras),
    measured: measuredCameras === undefined ? '' : String(measuredCameras),
  }))
}

/** What was best, and how far to trust the simulation that ranked the others. */
export function tuningNotes({ best, simulationErrors, ranking }: Tuning): string[] {
  const { simulatedCameras, measuredCameras, candidate } = best
  const measured = ranking.filter((setting) => setting.measuredCameras !== undefined).length
  const errors = simulationErrors.map((error) => `${error > 0 ? '+' : ''}${(100 * error).toFixed(0)} %`)
  return [
    `Best of ${ranking.length} settings that carry a camera: ${candidateInWords(candidate)}, ` +
      (measuredCameras === undefined
        ? `${camerasInWords(simulatedCameras)} by simulation.`
        : `${camerasInWords(measuredCameras)} measured.`),
    errors.length === 0
      ? 'No setting was measured: all of it is simulation.'
      : `${measured} were measured; simulation was off by ${errors.join(', ')}.`,
  ]
}

function candidateInWords(candidate: TuningCandidate): string {
  const { mode, framesPerRequest, serverBatchSize, maxBatchDelayMs, workers } = candidate
  const batching =
    framesPerRequest * serverBatchSize === 1
      ? 'no batching'
      : `${mode} batching, ${framesPerRequest} × ${serverBatchSize} frames`
  const delay = maxBatchDelayMs === undefined ? '' : `, delay ${maxBatchDelayMs} ms`
  return `${batching}${delay}, ${workers === 1 ? '1 worker' : `${workers} workers`}`
}
