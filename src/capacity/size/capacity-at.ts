import type { CameraLoad } from '../../scenario/schema/settings.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { measuredRun } from '../verdict/camera-run.js'
import type { SettingCapacity } from '../capacity-run.js'
import { type ServiceModel } from '../simulator/service-model.js'
import { simulatedCapacity } from '../simulator/simulated-capacity.js'
import { type CapacityCriteria, capacityCriteria } from '../verdict/capacity-criteria.js'
import { judgeRun } from '../verdict/judge-run.js'
import type { SettingEvidence } from './setting-evidence.js'
import type { SizeQuestion } from './size-question.js'
import type { CapacityAt, Change } from './size-setting.js'

/** Where a run has no camera load whose manners could be taken over. */
const usualLoad: Omit<CameraLoad, 'cameras' | 'fps'> = {
  kind: 'cameras',
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
}

const unchanged: Change = { name: '', fpsFactor: 1, jpegFactor: 1, alphaFactor: 1 }

/**
 * Planning capacity of one server at a rate and an SLO, from the strongest evidence that a run has: a search at
 * just these; its camera runs, judged anew by this SLO; two searches at a lower and a higher rate; a simulation.
 * Undefined where there is none of it, or no camera passes.
 */
export async function capacityAt(
  question: SizeQuestion,
  evidence: SettingEvidence,
  seed: number,
): Promise<CapacityAt | undefined> {
  const found =
    searched(question, evidence) ?? cameraRunsJudged(question, evidence) ?? interpolated(question, evidence)
  if (found !== undefined) return found
  const cameras = await capacityUnder(question, evidence, unchanged, seed)
  if (cameras === undefined || cameras === 0) return undefined
  return { cameras, basis: 'simulated', how: 'with the service times of this run' }
}

/** By simulation; undefined where the run tells of no batches, or not how a change of α would show. */
export async function capacityUnder(
  question: SizeQuestion,
  { fitted, point, cameraRuns }: SettingEvidence,
  change: Change,
  seed: number,
): Promise<number | undefined> {
  if (fitted === undefined) return undefined
  const model = withAlpha(fitted.model, change.alphaFactor)
  if (model === undefined) return undefined
  const load = {
    ...(cameraRuns[0]?.load ?? usualLoad),
    fps: question.fps * change.fpsFactor,
  }
  const step = point.batching.framesPerRequest > 1 ? load.camerasPerClient : 1
  return simulatedCapacity(
    simulatedSetting({ point, load: { ...load, cameras: step }, slo: question.slo }, fitted),
    {
      model,
      criteria: criteriaOf(question),
      seed,
      step,
    },
  )
}

function withAlpha(model: ServiceModel, factor: number): ServiceModel | undefined {
  if (factor === 1) return model
  const { alphaMs, times } = model
  if (alphaMs === undefined || times.table === undefined) return undefined
  const table = times.table.map(({ frames, ms }) => ({ frames, ms: ms + (factor - 1) * alphaMs * frames }))
  return { ...model, times: { ...times, table } }
}

function criteriaOf({ slo }: SizeQuestion): CapacityCriteria {
  return capacityCriteria(slo, { minS: 10, maxS: 120 })
}

function searched({ fps, slo }: SizeQuestion, { capacities }: SettingEvidence): CapacityAt | undefined {
  const same = capacities.find((one) => sameSlo(one, slo) && one.fps === fps)
  const { planning, failsAt, failure } = same?.found ?? {}
  if (planning === undefined || planning === 0) return undefined
  return {
    cameras: planning,
    basis: 'measured',
    ...(failsAt !== undefined && { failsAt }),
    ...(failure !== undefined && { binding: failure.binding }),
    how: 'found by the search of this run',
  }
}

/** The largest number measured below the first that did not pass. */
function cameraRunsJudged(
  question: SizeQuestion,
  { cameraRuns, ...setting }: SettingEvidence,
): CapacityAt | undefined {
  const { fps, slo } = question
  const criteria = criteriaOf(question)
  const numbers = new Map<number, ReturnType<typeof judgeRun>[]>()
  for (const { input, load } of cameraRuns) {
    if (load.fps !== fps) continue
    const verdict = judgeRun(measuredRun(input, { slo, load }), criteria)
    numbers.set(load.cameras, [...(numbers.get(load.cameras) ?? []), verdict])
  }
  const ascending = [...numbers].toSorted(([a], [b]) => a - b)
  const passes = (verdicts: ReturnType<typeof judgeRun>[]) =>
    verdicts.length >= criteria.repetitions && verdicts.every(({ decision }) => decision === 'pass')
  const firstFailure = ascending.findIndex(([, verdicts]) => !passes(verdicts))
  const passed = firstFailure < 0 ? ascending : ascending.slice(0, firstFailure)
  const best = passed.at(-1)
  if (best === undefined || setting.capacities.some((one) => sameSlo(one, slo) && one.fps === fps))
    return undefined
  const failed = ascending[firstFailure]
  return {
    cameras: best[0],
    basis: 'measured',
    ...(failed !== undefined && {
      failsAt: failed[0],
      binding: failed[1].find(({ decision }) => decision !== 'pass')?.binding,
    }),
    how: `of ${ascending.map(([cameras]) => cameras).join(', ')} cameras measured; numbers between them were not`,
  }
}

/** Frames a second that the server carries change slowly with the rate of one camera: they are interpolated. */
function interpolated({ fps, slo }: SizeQuestion, { capacities }: SettingEvidence): CapacityAt | undefined {
  const known = capacities
    .filter((one) => sameSlo(one, slo) && (one.found?.planning ?? 0) > 0)
    .map((one) => ({ fps: one.fps, carriedFps: one.found!.planning * one.fps, step: one.step }))
    .toSorted((a, b) => a.fps - b.fps)
  const below = known.findLast((one) => one.fps < fps)
  const above = known.find((one) => one.fps > fps)
  if (below === undefined || above === undefined) return undefined
  const share = (fps - below.fps) / (above.fps - below.fps)
  const carriedFps = below.carriedFps + share * (above.carriedFps - below.carriedFps)
  const cameras = Math.floor(carriedFps / fps / below.step) * below.step
  if (cameras === 0) return undefined
  return { cameras, basis: 'interpolated', how: `between searches at ${below.fps} and ${above.fps} fps` }
}

function sameSlo({ slo }: SettingCapacity, wanted: SizeQuestion['slo']): boolean {
  return slo.latencyMs === wanted.latencyMs && slo.percentile === wanted.percentile
}
