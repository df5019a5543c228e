import { collectRun, type RunAnalysis, type RunCollector } from '../../analysis/analyse-run.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { readManifest } from '../../run/run-folder.js'
import { readCapacityFile } from '../capacity-run.js'
import type { MeasuredScenario } from '../size/sound-command.js'
import type { SimulationProgress } from './rate-settings.js'
import { openRecommender, type Recommender } from './recommend-setting.js'
import type { Recommendation } from './recommendation.js'

/** The analysis of a run, and the setting to use. */
export interface RecommendedRun extends RunAnalysis {
  recommendation?: Recommendation | undefined
}

/** Analyses the measurements of a run as they are made, and recommends a setting. */
export interface RecommendedCollector {
  add: RunCollector['add']
  /**
   * The analysis of the measurements of the run so far, and their recommendation if there is one. The settings are
   * simulated if measurements were added since the last time, which takes up to a minute.
   */
  analyse: (onSimulation?: (progress: SimulationProgress) => void) => Promise<RecommendedRun>
}

/**
 * @param recommendFrom the scenario that was measured, if a setting is to be recommended
 * @param onMeasurement is called with each measurement before its samples are released
 */
export function collectRecommended(
  folder: string,
  recommendFrom: MeasuredScenario | undefined,
  onMeasurement?: (input: MeasurementInput) => Promise<void>,
): RecommendedCollector {
  let recommender: Promise<Recommender | undefined> | undefined
  const collector = collectRun(folder, async (input: MeasurementInput, summary: MeasurementSummary) => {
    recommender ??= recommenderOf(folder, recommendFrom)
    const recommending = await recommender
    recommending?.add(input, summary)
    await onMeasurement?.(input)
  })
  return {
    add: collector.add,
    async analyse(onSimulation) {
      const analysis = await collector.end()
      const recommending = await recommender
      return { ...analysis, recommendation: await recommending?.recommend(analysis, onSimulation) }
    },
  }
}

/** A run of the capacity command has its own answer. */
async function recommenderOf(
  folder: string,
  scenario: MeasuredScenario | undefined,
): Promise<Recommender | undefined> {
  if (scenario === undefined || (await readCapacityFile(folder)) !== undefined) return undefined
  const { plan } = await readManifest(folder)
  return openRecommender({ seed: plan.seed, scenario })
}
