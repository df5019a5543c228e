import type { Interval } from '../../capacity/search/search-capacity.js'
import type { Tuning, TuningCandidate } from '../../capacity/tuning.js'
import type { Condition, ConditionName } from '../../capacity/verdict/judge-run.js'
import { isInconclusive, type PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import { nameFailure } from '../../run/failures.js'
import { plural } from '../../system/plural.js'
import { formatChange, formatList, formatPercent } from '../format/format.js'
import { type ItemColumn, type Table, tableOfItems } from '../table/table.js'
import type { SearchedSetting } from '../../capacity/capacity-run.js'

/** `10 cameras at 10 fps within 100 ms (p99)`, or that there are none. */
export function capacityHeadline({ found, fps, slo }: SearchedSetting): string {
  const within = `at ${fps} fps within ${slo.latencyMs} ms (p${slo.percentile})`
  if (isInconclusive(found.failure))
    return found.planning === 0
      ? `INVALID: ${plural(found.step, 'camera')} ${within} could not be measured`
      : `At least ${plural(found.planning, 'camera')} ${within}`
  if (found.planning === 0) return `Fewer than ${plural(found.step, 'camera')} ${within}`
  const atLeast = found.failsAt === undefined ? 'At least ' : ''
  return `${atLeast}${plural(found.planning, 'camera')} ${within}`
}

/** Above this share of the ceiling, it is a matter of chance how long the queue stays short. */
const nearCeiling = 0.95

/** The notes on the planning capacity. */
export function capacityNotes(setting: SearchedSetting): string[] {
  const { found, search } = setting
  const { planning, upper, measured, step, capacity } = found
  const notes = failureNotes(setting)
  if (planning > 0 && capacity === undefined)
    notes.push(
      `${plural(planning, 'camera was', 'cameras were')} not measured: the result follows from neighbouring numbers and the simulation.`,
    )
  if (upper.length > 0) {
    const also = formatList(upper.map(formatCameraInterval))
    notes.push(
      isInconclusive(found.failure)
        ? `Above it, ${also} pass.`
        : `p${setting.slo.percentile} is within the SLO again at ${also}. This is real, but not a capacity to plan with, because ` +
            'every smaller number of cameras has to pass too.',
    )
  }
  if (capacity !== undefined) {
    const { camera, deliveredShare, overShare } = capacity.worstCamera
    notes.push(
      `Worst camera at ${plural(planning, 'camera')}: camera ${camera}, ${formatPercent(deliveredShare)} of its frames answered, ` +
        `${formatPercent(overShare)} of its requests late.`,
    )
  }
  if (step > 1) notes.push(`Cameras were added in whole edge devices of ${step}.`)
  notes.push(...ceilingNotes(setting))
  const numbers = plural(measured.length, 'number of cameras was', 'numbers of cameras were')
  notes.push(
    search === undefined || search.predictions.length === 0
      ? `${numbers} measured. The server reported no batch times, so nothing was simulated.`
      : `${numbers} measured, of ${found.max / step}; the others were simulated.`,
  )
  return notes
}

/** Why the next number of cameras fails, if it is known. */
function failureNotes({ found: { failsAt, failure } }: SearchedSetting): string[] {
  if (failsAt === undefined) return []
  const cameras = plural(failsAt, 'camera')
  if (failure === undefined)
    return [`The simulation predicts a failure from ${cameras} on. That number was not measured.`]
  if (isInconclusive(failure))
    return [
      `${cameras} could not be measured in three attempts: ${formatBinding(failure)}. The client or this machine was ` +
        'the bottleneck, not the server, so this is a lower bound. Measure again without other programs on this machine.',
    ]
  const verb = failure.decision === 'fail' ? (failsAt === 1 ? 'fails' : 'fail') : 'could not be shown to pass'
  return [`${cameras} ${verb}: ${formatBinding(failure)}.`]
}

function ceilingNotes({ found: { planning }, calibration, fps }: SearchedSetting): string[] {
  if (calibration === undefined) return []
  const { ceilingFps, tauMs, alphaMs } = calibration
  const batchTime =
    tauMs === undefined || alphaMs === undefined
      ? ''
      : ` A batch of b frames takes ${tauMs.toFixed(1)} + ${alphaMs.toFixed(1)}·b ms.`
  const notes = [
    `The saturated server answers ${ceilingFps.toFixed(1)} frames per second, as many as ` +
      `${(ceilingFps / fps).toFixed(1)} cameras send.${batchTime}`,
  ]
  if (planning * fps > nearCeiling * ceilingFps)
    notes.push(
      'This is so close to the ceiling that slightly more noise than in these windows makes the backlog grow. Plan ' +
        'for fewer cameras; `framestorm size` keeps a fifth in reserve.',
    )
  return notes
}

function formatCameraInterval([from, to]: Interval): string {
  return from === to ? plural(from, 'camera') : `${from} to ${to} cameras`
}

function formatBinding({ repetitions, binding }: PointVerdict): string {
  const last = repetitions.at(-1)!
  const condition = last.conditions.find(
    ({ name, decision }) => name === binding && decision === last.decision,
  )
  const { invalid, lateness, commonestFailure } = last
  const reasons =
    lateness !== undefined
      ? ` (${lateness.measured} as measured, ${lateness.without} without it)`
      : invalid.length > 0
        ? ` (${invalid.join(' ')})`
        : ''
  const isAboutFailures = binding === 'lost' || binding === 'delivered'
  const failure =
    isAboutFailures && commonestFailure !== undefined ? `, most often: ${nameFailure(commonestFailure)}` : ''
  return condition === undefined
    ? formatCondition(binding)
    : formatConditionFigures(condition) + failure + reasons
}

const conditionNames: Record<ConditionName, string> = {
  validity: 'the measurement is INVALID',
  generator: 'the load generator was late or used too much CPU',
  lateness: "the load generator's lateness decides the result",
  lost: 'frames were dropped or failed',
  delivered: 'frames of one camera were not answered',
  backlog: 'the backlog grows',
  latency: 'latency of all frames',
  'camera-latency': 'latency of one camera',
}

export function formatCondition(name: ConditionName): string {
  return conditionNames[name]
}

/** `latency of all frames: 112 ms, limit 100 ms`. */
function formatConditionFigures({ name, seen, limit, unit }: Condition): string {
  if (unit === 'reasons') return conditionNames[name]
  const figure = (value: number) => {
    if (!Number.isFinite(value)) return 'never answered'
    return unit === 'ms' ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(100 * value).toFixed(2)} %`
  }
  return `${conditionNames[name]}: ${figure(seen)}, limit ${figure(limit)}`
}

/** The ranking, best first: cameras by simulation, and by measurement if there was one. */
export function tuningTable({ ranking }: Tuning): Table {
  return tableOfItems('Settings by cameras', tuningColumns, ranking)
}

const tuningColumns: ItemColumn<Tuning['ranking'][number]>[] = [
  { header: 'mode', align: 'left', cell: ({ candidate }) => candidate.mode },
  { header: 'K', align: 'right', cell: ({ candidate }) => String(candidate.framesPerRequest) },
  { header: 'B', align: 'right', cell: ({ candidate }) => String(candidate.serverBatchSize) },
  { header: 'delay ms', align: 'right', cell: ({ candidate }) => String(candidate.maxBatchDelayMs ?? '') },
  { header: 'workers', align: 'right', cell: ({ candidate }) => String(candidate.workers) },
  { header: 'simulated', align: 'right', cell: ({ simulatedCameras }) => String(simulatedCameras) },
  { header: 'measured', align: 'right', cell: ({ measuredCameras }) => String(measuredCameras ?? '') },
]

/** The best setting, and the error of the simulation that ranked the others. */
export function tuningNotes({ best, simulationErrors, ranking }: Tuning): string[] {
  const { simulatedCameras, measuredCameras, candidate } = best
  const measured = ranking.filter((setting) => setting.measuredCameras !== undefined).length
  const errors = simulationErrors.map((error) => formatChange(100 * error))
  return [
    `Best of ${plural(ranking.length, 'setting that carries', 'settings that carry')} at least one camera: ${formatCandidate(candidate)}, ` +
      (measuredCameras === undefined
        ? `${plural(simulatedCameras, 'camera')} by simulation.`
        : `${plural(measuredCameras, 'camera')} measured.`),
    errors.length === 0
      ? 'No setting was measured: all figures are simulated.'
      : `${plural(measured, 'setting was', 'settings were')} measured. The simulation was off by ${errors.join(', ')}.`,
  ]
}

function formatCandidate(candidate: TuningCandidate): string {
  const { mode, framesPerRequest, serverBatchSize, maxBatchDelayMs, workers } = candidate
  const batching =
    framesPerRequest * serverBatchSize === 1
      ? 'no batching'
      : `${mode} batching, ${framesPerRequest} × ${serverBatchSize} frames`
  const delay = maxBatchDelayMs === undefined ? '' : `, delay ${maxBatchDelayMs} ms`
  return `${batching}${delay}, ${plural(workers, 'worker')}`
}
