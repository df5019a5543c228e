import { join } from 'node:path'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { ClipSlot } from '../../measure/clip-slot.js'
import { openRunMeasurer } from '../../measure/run-measurer.js'
import type { Point } from '../../scenario/plan/plan.js'
import { mixSeeds } from '../../system/seeded-random.js'
import { readSamples } from '../../run/read-samples.js'
import { createRunFolder } from '../../run/run-folder.js'
import type { RunManifest } from '../../run/run-manifest.js'
import { measurementInput } from '../../analysis/analyse-measurements.js'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import { repetitionOfMeasurement } from '../../analysis/repetition-of-measurement.js'
import type { RepetitionMetrics } from '../../analysis/repetition-metrics.js'

/** One side of a live gate: a server, and the run that its repetitions are saved in. */
export interface SideRun {
  folder: string
  /** Starts a new process of the server where it is ours to start, so that nothing of that falls into a pair. */
  start: () => Promise<void>
  /** Repetition `pair` of this side; both sides of a pair have the same camera phases. */
  measure: (pair: number) => Promise<RepetitionMetrics>
  stop: () => Promise<void>
}

export interface SideOptions {
  signal: AbortSignal
  clips: ClipSlot
  onStatus: (text: string) => void
  onLoadProgress: (progress: LoadProgress) => void
}

/** Makes the side's run folder: an ordinary run, to be reported and compared like any other. */
export async function openSide(
  folder: string,
  manifest: RunManifest,
  point: Point,
  { signal, clips, onStatus, onLoadProgress }: SideOptions,
): Promise<SideRun> {
  await createRunFolder(folder, manifest)
  const measurer = await openRunMeasurer(folder, manifest, { signal, clips, onStatus, onLoadProgress })

  return {
    folder,
    start: () => measurer.restart(point),
    measure: async (pair) => {
      const planned = { point: point.id, repetition: pair, phaseSeed: mixSeeds(manifest.seed, pair) }
      manifest.plan.order.push(planned)
      const record = await measurer.measure(point, planned)
      signal.throwIfAborted()
      const samples = await readSamples(join(folder, record.sampleFile))
      return repetitionOfMeasurement(
        summariseMeasurement(measurementInput(manifest, record, samples)).summary,
      )
    },
    stop: () => measurer.end(signal.aborted ? 'interrupted' : 'complete'),
  }
}
