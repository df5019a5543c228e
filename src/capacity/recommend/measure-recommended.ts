import { findCeiling } from '../../analysis/find-ceiling.js'
import type { RunLoad } from '../../load/run-load.js'
import { measurePlan, type RunObserver } from '../../measure/measure-plan.js'
import type { RunWriter } from '../../run/run-writer.js'
import { confirmRecommendation } from './confirm-recommendation.js'
import { raceSettings, type RaceBlock } from './race-settings.js'
import type { SimulationProgress } from './rate-settings.js'
import type { RecommendedCollector } from './recommended-run.js'

/** Receives the progress of a run that recommends a setting. */
export interface RecommendedObserver extends RunObserver {
  /** A race goes on with one measurement of each setting that is still in contention. */
  blockStarts?: (block: RaceBlock) => void
  /** Called before each simulation of a setting, of which one takes up to a few seconds. */
  simulates?: (progress: SimulationProgress) => void
}

/**
 * Measures what is left of a run, then what its recommendation needs: the blocks of a race, and the run that confirms the
 * recommended setting.
 *
 * @param options.analyse the run so far
 * @throws UserError as `measurePlan` does
 */
export async function measureRecommended(
  run: RunWriter,
  options: {
    analyse: RecommendedCollector['analyse']
    signal: AbortSignal
    crossCheck: boolean
    observer?: Partial<RecommendedObserver> | undefined
    /** What runs a load. Default: the threads of this process. */
    runLoad?: RunLoad | undefined
  },
): Promise<void> {
  const { signal, crossCheck, observer = {}, runLoad } = options
  const analyse = () => {
    let isNamed = false
    return options.analyse((progress) => {
      if (!isNamed) observer.status?.('simulating how many cameras each setting carries')
      isNamed = true
      observer.simulates?.(progress)
    })
  }
  await measurePlan(run, {
    signal,
    crossCheck,
    findCeiling,
    observer,
    runLoad,
    async afterPlan(measure) {
      const onBlock = (block: RaceBlock) => observer.blockStarts?.(block)
      if (await raceSettings(run, { measure, analyse, nowMs: Date.now, onBlock }))
        await confirmRecommendation(run, {
          measure,
          recommend: async () => (await analyse()).recommendation,
        })
    },
  })
}
