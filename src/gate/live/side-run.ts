import type { RunAnalysis, RunCollector } from '../../analysis/analyse-run.js'
import { toRepetition, type RepetitionMetrics } from '../../analysis/metrics.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { RunLoad } from '../../load/run-load.js'
import type { ClipOf } from '../../measure/prepare-clip.js'
import { openRunMeasurer } from '../../measure/run-measurer.js'
import { readMeasurement } from '../../run/read-measurement.js'
import { createRun } from '../../run/run-writer.js'
import type { RunManifest } from '../../run/manifest.js'
import type { Point } from '../../scenario/plan/plan.js'
import { mixSeeds } from '../../system/seeded-random.js'

/** One side of a live gate: a server, and the run that its repetitions are saved in. */
export interface SideRun {
  /** Starts `count` new processes of the server at once, if Framestorm starts it. */
  start: (count: number) => Promise<void>
  /** Measures no more with the current process, but with the next one. */
  moveOn: () => void
  /** Stops the processes that are measured no more. */
  stopMeasured: () => Promise<void>
  /** Memory of one process, bytes: 0 for a server that is given by its address, undefined if it is unknown. */
  processBytes: () => Promise<number | undefined>
  /** Requests per second under the load of the gate, from a load of a few seconds. */
  requestRate: () => Promise<number>
  /** Measures repetition `pair` of this side. Both sides of a pair have the same camera phases. */
  measure: (pair: number) => Promise<RepetitionMetrics>
  /** Ends all processes, and the run. */
  stop: () => Promise<void>
  /** Analyses the run. */
  end: () => Promise<RunAnalysis>
}

export interface SideOptions {
  signal: AbortSignal
  clips: ClipOf
  /** Collects each measurement of the run in this folder. */
  collect: (folder: string) => RunCollector
  onStatus: (text: string) => void
  onLoadProgress: (progress: LoadProgress) => void
  /** What runs a load. Default: the threads of this process. */
  runLoad?: RunLoad | undefined
}

/** Makes the run folder of a side: an ordinary run, which can be reported and compared like any other. */
export async function openSide(
  folder: string,
  manifest: RunManifest,
  point: Point,
  { collect, signal, ...options }: SideOptions,
): Promise<SideRun> {
  const writer = await createRun(folder, manifest)
  const measurer = await openRunMeasurer(writer, { signal, ...options })
  const collector = collect(folder)

  return {
    start: (count) => measurer.startProcesses(point, count),
    moveOn: () => measurer.moveOn(point),
    stopMeasured: () => measurer.stopLeft(),
    processBytes: async () => (point.server.kind === 'url' ? 0 : measurer.serverMemoryBytes(point)),
    requestRate: () => measurer.measureRate(point),
    async measure(pair) {
      const planned = { point: point.id, repetition: pair, phaseSeed: mixSeeds(manifest.seed, pair) }
      writer.addPlanned(point, planned)
      const record = await measurer.measure(point, planned)
      signal.throwIfAborted()
      return toRepetition(await collector.add(await readMeasurement(folder, writer.manifest, record)))
    },
    async stop() {
      const { measurements } = writer.manifest
      const ended = measurements.length === 0 ? 'failed' : 'complete'
      await measurer.end(signal.aborted ? 'interrupted' : ended)
    },
    end: () => collector.end(),
  }
}
