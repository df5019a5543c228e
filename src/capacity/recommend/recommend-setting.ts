import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import { recommendationQuestions, type RecommendedAmong } from '../../scenario/plan/confirming-run.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { knownWorkers, phaseSeed, saturatingFrames, type Plan, type Point } from '../../scenario/plan/plan.js'
import { stableKey } from '../../analysis/point-identity.js'
import { collectFits } from '../simulator/collect-fits.js'
import type { FittedServer } from '../simulator/fit-server.js'
import { soundSweepCommand, type MeasuredScenario } from '../size/sound-command.js'
import { measuredRun } from '../verdict/camera-run.js'
import { singleDrawCriteria } from '../verdict/capacity-criteria.js'
import { judgeDraws } from '../verdict/judge-draws.js'
import { measuredCeiling, pooledCeiling } from '../sustained/utilisation.js'
import type { ValueRange } from '../sustained/value-range.js'
import { cameraLoadOf, rateSettings, type RatedSettings, type SimulationProgress } from './rate-settings.js'
import {
  decideRecommendation,
  type Confirmation,
  type Recommendation,
  type SettingRace,
} from './recommendation.js'

/** Collects the evidence of a run for its recommendation, measurement by measurement, in any order. */
export interface Recommender {
  /** The samples are not kept. */
  add: (input: MeasurementInput, summary: MeasurementSummary) => void
  /**
   * The recommendation by all measurements so far. Confirming runs that are added later change only what is confirmed:
   * the settings are not rated again.
   *
   * @returns undefined if the plan has no closed and camera loads with an SLO, or no setting carries a camera
   */
  recommend: (
    analysis: RunAnalysis,
    onSimulation?: (progress: SimulationProgress) => void,
  ) => Promise<Recommendation | undefined>
}

/**
 * @param seed of the run's plan
 * @param scenario that was measured, for the command that makes a rough recommendation sound
 */
export function openRecommender({
  seed,
  scenario,
}: {
  seed: number
  scenario: MeasuredScenario
}): Recommender {
  const fits = collectFits()
  const pointsById = new Map<number, Point>()
  const confirmations = new Map<number, Confirmation>()
  /** By the number of a closed point that saturates the server, one per repetition. */
  const ceilings = new Map<number, ValueRange[]>()
  let ratings: Promise<RatedSettings> | undefined

  /** By the number of a point, because the points of an analysis have no paths. */
  function fittedByPoint(): (point: Point) => FittedServer | undefined {
    const fittedFor = fits.end()
    return ({ id }) => {
      const point = pointsById.get(id)
      return point && fittedFor(point)
    }
  }

  return {
    add(input, summary) {
      const { point, record } = input
      if (!record.complete) return
      const { load, slo } = point
      if (point.purpose === 'confirming' && load.kind === 'cameras' && slo !== undefined) {
        const run = measuredRun({ input, summary }, { slo })
        const verdict = judgeDraws([run], singleDrawCriteria(slo))
        confirmations.set(point.id, { cameras: load.cameras, windowS: run.windowS, verdict })
        return
      }
      const cameras = load.kind === 'cameras' ? load.cameras : 0
      ratings = undefined
      pointsById.set(point.id, point)
      if (saturates(point) && summary.validity === 'VALID')
        ceilings.set(point.id, [...(ceilings.get(point.id) ?? []), measuredCeiling(summary.fps, input)])
      fits.add({ ...input, phaseSeed: phaseSeed(seed, cameras, record.repetition) })
    },
    async recommend(analysis, onSimulation) {
      const questions = recommendationQuestions(analysis.plan.points)
      const question = questionOfVerdict(questions, analysis)
      if (question === undefined) return undefined
      const { points, leftOut = [] } = analysis
      ratings ??= rateSettings(question, {
        points,
        leftOut,
        fittedFor: fittedByPoint(),
        ceilingOf: ({ id }) => pooledCeiling(ceilings.get(id) ?? []),
        seed,
        onSimulation,
      })
      const { rated, leftOut: settingsLeftOut } = await ratings
      const decided = decideRecommendation(rated, {
        load: cameraLoadOf(question.cameraPoint),
        slo: question.slo,
        leftOut: settingsLeftOut,
        disturbance: analysis.verdict.disturbance,
        otherQuestions: questions.length - 1,
        race: settingRace(analysis.plan),
        confirmationsOf: (setting) =>
          analysis.confirming.flatMap(({ summary: { point } }) =>
            settingKey(point) === settingKey(setting.point) ? (confirmations.get(point.id) ?? []) : [],
          ),
      })
      if (decided === undefined || decided.estimate === 'sound') return decided
      const { weaknesses, point } = decided.setting
      return {
        ...decided,
        soundCommand: soundSweepCommand(weaknesses, scenario, point.measure.durationS),
      }
    },
  }
}

function saturates({ load, batching, server }: Point): boolean {
  return (
    load.kind === 'closed' &&
    load.framesInFlight >= saturatingFrames(batching.batchSize, knownWorkers({ server }))
  )
}

/** Undefined if there was no race, or it was interrupted. */
function settingRace({ race, points }: Plan): SettingRace | undefined {
  if (race?.end === undefined) return undefined
  const { equal } = race.end
  const keys = new Set(points.flatMap((point) => (equal.includes(point.id) ? [settingKey(point)] : [])))
  return { isDecided: equal.length > 0, isShownEqual: ({ point }) => keys.has(settingKey(point)) }
}

function settingKey({ server, batching }: Point): string {
  return stableKey([server, batching])
}

/** The question that the verdict of the run is about, so that both say the same. */
function questionOfVerdict(
  questions: readonly RecommendedAmong[],
  { verdict: { ceiling, latency } }: RunAnalysis,
): RecommendedAmong | undefined {
  const about = (id: number | undefined) =>
    questions.find(({ points }) => points.some((point) => point.id === id))
  return about(latency?.modes[0]?.point) ?? about(ceiling?.modes[0]?.point) ?? questions[0]
}
