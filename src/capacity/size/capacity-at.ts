import { cameraStep, defaults, type CameraLoad } from '../../scenario/plan/plan.js'
import { bindingAt } from '../search/capacity-found.js'
import type { FittedServer } from '../simulator/fit-server.js'
import { predictLatency } from '../simulator/predict-latency.js'
import type { ServiceModel } from '../simulator/service-model.js'
import { type SimulatedSetting, simulatedSetting } from '../simulator/simulated-setting.js'
import { simulatedCapacity } from '../sustained/simulated-capacity.js'
import type { CameraRun } from '../verdict/camera-run.js'
import { judgeDraws } from '../verdict/judge-draws.js'
import { answersQuestion, hasSlo, type SettingEvidence } from './setting-evidence.js'
import { sizeCriteria, type SizeQuestion } from './size-question.js'
import type { CapacityAt, Change } from './size-setting.js'
import { weaknessesOfFit, weaknessesOfSearch, weaknessesOfWindow } from './weak-evidence.js'

const { threads: _, ...cameraDefaults } = defaults.cameras

/** How cameras send if the run has no camera load. */
export const defaultLoad: Omit<CameraLoad, 'cameras' | 'fps'> = {
  kind: 'cameras',
  ...cameraDefaults,
  queue: { policy: defaults.queuePolicy, depth: defaults.queueDepth[defaults.queuePolicy] },
}

const unchanged: Change = { name: '', fpsFactor: 1, jpegFactor: 1, alphaFactor: 1 }

/**
 * Planning capacity of one server at a rate and an SLO, from the strongest evidence in a run: a search at this rate and
 * SLO; camera runs at this rate, judged by this SLO; searches at a lower and a higher rate; a simulation.
 *
 * @returns undefined if there is no evidence, or no camera passes
 */
export async function capacityAt(
  question: SizeQuestion,
  evidence: SettingEvidence,
  seed: number,
): Promise<CapacityAt | undefined> {
  const found =
    searched(question, evidence) ?? cameraRunsJudged(question, evidence) ?? interpolated(question, evidence)
  if (found !== undefined) return found
  const { fitted } = evidence
  const cameras = await capacityUnder(question, evidence, unchanged, seed)
  if (fitted === undefined || cameras === undefined || cameras === 0) return undefined
  const { percentile } = question.slo
  return {
    cameras,
    basis: 'simulated',
    how: 'with the service times of this run',
    latencyMs: predictLatency(settingInQuestion(question, evidence, fitted, unchanged), {
      model: fitted.model,
      cameras,
      percentile,
      windowS: predictedWindowS,
      seed,
    }),
    weaknesses: weaknessesOfFit(question, evidence.point, fitted),
  }
}

/** The measured run whose latency is predicted. */
const predictedWindowS = 60

function settingInQuestion(
  question: SizeQuestion,
  { point, cameraRuns }: SettingEvidence,
  fitted: FittedServer,
  change: Change,
): SimulatedSetting {
  const load = { ...(cameraRuns[0]?.load ?? defaultLoad), fps: question.fps * change.fpsFactor }
  const step = cameraStep(point, load)
  return simulatedSetting({ point, load: { ...load, cameras: step }, slo: question.slo }, fitted)
}

/** By simulation; undefined if the run has no batches, or no α that could be changed. */
export async function capacityUnder(
  question: SizeQuestion,
  evidence: SettingEvidence,
  change: Change,
  seed: number,
): Promise<number | undefined> {
  const { fitted, point } = evidence
  if (fitted === undefined) return undefined
  const model = withAlpha(fitted.model, change.alphaFactor)
  if (model === undefined) return undefined
  const setting = settingInQuestion(question, evidence, fitted, change)
  const step = cameraStep(point, setting.load)
  const { percentile } = question.slo
  const { planning } = await simulatedCapacity(setting, { model, percentile, seed, step })
  return planning
}

function withAlpha(model: ServiceModel, factor: number): ServiceModel | undefined {
  if (factor === 1) return model
  const { alphaMs, times } = model
  if (alphaMs === undefined || times.table === undefined) return undefined
  const table = times.table.map(({ frames, ms }) => ({ frames, ms: ms + (factor - 1) * alphaMs * frames }))
  return { ...model, times: { ...times, table } }
}

function searched(question: SizeQuestion, { capacities }: SettingEvidence): CapacityAt | undefined {
  const search = capacities.find((one) => answersQuestion(one, question))
  const { planning, failsAt } = search?.found ?? {}
  if (search?.found === undefined || planning === undefined || planning === 0) return undefined
  return {
    cameras: planning,
    basis: search.found.basis,
    failsAt,
    binding: bindingAt(search.found),
    how: 'found by the search of this run',
    weaknesses: weaknessesOfSearch(search),
  }
}

/** The largest number measured below the first that did not pass. */
function cameraRunsJudged(question: SizeQuestion, { cameraRuns }: SettingEvidence): CapacityAt | undefined {
  const numbers = new Map<number, CameraRun[]>()
  for (const { load, run } of cameraRuns)
    if (run !== undefined) numbers.set(load.cameras, [...(numbers.get(load.cameras) ?? []), run])
  const ascending = [...numbers]
    .toSorted(([a], [b]) => a - b)
    .map(([cameras, runs]) => ({ cameras, verdict: judgeDraws(runs, sizeCriteria(question)) }))
  const firstFailure = ascending.findIndex(({ verdict }) => verdict.decision !== 'pass')
  const passed = firstFailure < 0 ? ascending : ascending.slice(0, firstFailure)
  const best = passed.at(-1)
  if (best === undefined) return undefined
  const failed = ascending[firstFailure]
  return {
    cameras: best.cameras,
    basis: 'measured',
    failsAt: failed?.cameras,
    binding: failed?.verdict.binding,
    how: `${ascending.map(({ cameras }) => cameras).join(', ')} cameras were measured, and no numbers between them`,
    weaknesses: weaknessesOfWindow(Math.min(...best.verdict.draws.map(({ windowS }) => windowS))),
  }
}

/** Interpolates the frames per second that the server carries: they change slowly with the rate of one camera. */
function interpolated({ fps, slo }: SizeQuestion, { capacities }: SettingEvidence): CapacityAt | undefined {
  const known = capacities
    .filter((one) => hasSlo(one, slo) && (one.found?.planning ?? 0) > 0)
    .map((one) => ({ fps: one.fps, carriedFps: one.found!.planning * one.fps, search: one }))
    .toSorted((a, b) => a.fps - b.fps)
  const below = known.findLast((one) => one.fps < fps)
  const above = known.find((one) => one.fps > fps)
  if (below === undefined || above === undefined) return undefined
  const share = (fps - below.fps) / (above.fps - below.fps)
  const carriedFps = below.carriedFps + share * (above.carriedFps - below.carriedFps)
  const cameras = Math.floor(carriedFps / fps / below.search.step) * below.search.step
  if (cameras === 0) return undefined
  return {
    cameras,
    basis: 'interpolated',
    how: `between searches at ${below.fps} and ${above.fps} fps`,
    weaknesses:
      [below, above].map(({ search }) => weaknessesOfSearch(search)).find(({ length }) => length > 0) ?? [],
  }
}
