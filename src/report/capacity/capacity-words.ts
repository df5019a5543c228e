import type { Interval } from '../../capacity/search/search-capacity.js'
import type { PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import { saysNothing } from '../../capacity/verdict/measure-cameras.js'
import type { SearchedSetting } from './capacity-answer.js'
import type { Condition, ConditionName } from '../../capacity/verdict/judge-run.js'
import type { Tuning } from '../../capacity/tuning.js'
import type { TuningCandidate } from '../../capacity/tuning.js'

/** `10 cameras at 10 fps within 100 ms (p99)`, or that there is none. */
export function capacityHeadline({ found, fps, slo }: SearchedSetting): string {
  const within = `at ${fps} fps within ${slo.latencyMs} ms (p${slo.percentile})`
  if (saysNothing(found.failure))
    return found.planning === 0
      ? `INVALID: ${camerasInWords(found.step)} ${within} could not be measured`
      : `At least ${camerasInWords(found.planning)} ${within}`
  if (found.planning === 0) return `Not even ${camerasInWords(found.step)} ${within}`
  const atLeast = found.failsAt === undefined ? 'At least ' : ''
  return `${atLeast}${camerasInWords(found.planning)} ${within}`
}

/** From this share of the ceiling on, it is luck how long a queue stays short. */
const nearCeiling = 0.95

/** All that has to be known beside the number, a sentence each. */
export function capacityNotes({ found, search, calibration, fps }: SearchedSetting): string[] {
  const { planning, failsAt, failure, upper, measured, step, capacity } = found
  const notes: string[] = []
  const unknown = saysNothing(failure)
  if (failsAt !== undefined) {
    notes.push(
      failure === undefined
        ? `From ${failsAt} cameras on simulation expects a failure; ${failsAt} itself was not measured.`
        : unknown
          ? `Nothing is known of ${camerasInWords(failsAt)}, three times over: ${bindingOf(failure)}. That is the client’s ` +
            'and this machine’s doing, not the server’s, so what stands here is a lower bound: measure again with ' +
            'nothing else running.'
          : `${camerasInWords(failsAt)} ${failure.decision === 'fail' ? 'fail' : 'could not be shown to pass'}: ${bindingOf(failure)}.`,
    )
  }
  if (planning > 0 && capacity === undefined)
    notes.push(`${planning} itself was not measured; it follows from its neighbours and from simulation.`)
  if (upper.length > 0 && unknown) {
    notes.push(`Above it ${upper.map(intervalInWords).join(', ')} pass.`)
  } else if (upper.length > 0) {
    notes.push(
      `p99 comes back within the SLO at ${upper.map(intervalInWords).join(', ')}: real, but no capacity to plan with, ` +
        'because every number of cameras has to pass on the way there.',
    )
  }
  if (capacity !== undefined) {
    const { camera, deliveredShare, overShare } = capacity.worstCamera
    notes.push(
      `Worst camera at ${planning}: number ${camera}, ${percent(deliveredShare)} of its frames answered, ` +
        `${percent(overShare)} of its requests late.`,
    )
  }
  if (step > 1) notes.push(`Cameras were added by whole edge devices of ${step}.`)
  if (calibration !== undefined) {
    const { ceilingFps, tauMs, alphaMs } = calibration
    notes.push(
      `The saturated server answers ${ceilingFps.toFixed(1)} frames a second, ${(ceilingFps / fps).toFixed(1)} cameras’ worth` +
        (tauMs === undefined || alphaMs === undefined
          ? '.'
          : `; a batch of b frames takes it ${tauMs.toFixed(1)} + ${alphaMs.toFixed(1)}·b ms.`),
    )
  }
  if (calibration !== undefined && planning * fps > nearCeiling * calibration.ceilingFps) {
    notes.push(
      'That is so near to the ceiling that a little more noise than these windows had makes the backlog grow: plan with ' +
        'headroom.',
    )
  }
  notes.push(
    search === undefined || search.predictions.length === 0
      ? `${measured.length} numbers were measured; without batch times from the server nothing was simulated.`
      : `${measured.length} of ${found.max / step} numbers were measured, the others simulated.`,
  )
  return notes
}

function intervalInWords([from, to]: Interval): string {
  return from === to ? camerasInWords(from) : `${from} to ${to} cameras`
}

function bindingOf({ repetitions, binding }: PointVerdict): string {
  const last = repetitions.at(-1)!
  const condition = last.conditions.find(
    ({ name, decision }) => name === binding && decision === last.decision,
  )
  const reasons = last.invalid.length > 0 ? ` (${last.invalid.join(' ')})` : ''
  return condition === undefined ? binding : conditionWithFigures(condition) + reasons
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : 1)} %`
}

/** `1 camera`, `12 cameras`. */
export function camerasInWords(cameras: number): string {
  return cameras === 1 ? '1 camera' : `${cameras} cameras`
}

const words: Record<ConditionName, string> = {
  validity: 'the measurement may not be believed',
  generator: 'the load generator was late or out of CPU',
  lost: 'frames dropped or failed',
  delivered: 'a camera did not get its frames through',
  backlog: 'the backlog grows',
  latency: 'latency of all frames',
  'camera-latency': 'latency of one camera',
}

export function conditionInWords(name: ConditionName): string {
  return words[name]
}

/** `latency of all frames: 112 ms, limit 100 ms`. */
function conditionWithFigures({ name, seen, limit, unit }: Condition): string {
  if (unit === 'reasons') return words[name]
  return `${words[name]}: ${figure(seen, unit)}, limit ${figure(limit, unit)}`
}

function figure(value: number, unit: Condition['unit']): string {
  if (!Number.isFinite(value)) return 'never answered'
  return unit === 'ms' ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(100 * value).toFixed(2)} %`
}

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
