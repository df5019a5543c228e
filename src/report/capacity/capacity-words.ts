import type { CapacityFound } from '../../capacity/search/capacity-found.js'
import type { Interval } from '../../capacity/search/intervals.js'
import type { SustainedVerdict } from '../../capacity/sustained/judge-sustained.js'
import type { Tuning, TuningCandidate } from '../../capacity/tuning.js'
import type { Condition, ConditionName } from '../../capacity/verdict/conditions.js'
import { isInconclusive, type PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import { nameFailure } from '../../run/failures.js'
import { plural } from '../../system/plural.js'
import { formatChange, formatList, formatPercent } from '../format/format.js'
import { type ItemColumn, type Table, tableOfItems } from '../table/table.js'
import type { SearchedSetting } from '../../capacity/capacity-run.js'

/** `10 cameras at 10 fps within 100 ms (p99)`, or that there are none. */
export function capacityHeadline({ found, fps, slo }: SearchedSetting): string {
  const { planning, step, failure, failsAt, open, basis } = found
  const within = `at ${fps} fps within ${slo.latencyMs} ms (p${slo.percentile})`
  if (isInconclusive(failure))
    return planning === 0
      ? `INVALID: ${plural(step, 'camera')} ${within} could not be measured`
      : `At least ${plural(planning, 'camera')} ${within}`
  if (planning === 0)
    return open === undefined
      ? `Fewer than ${plural(step, 'camera')} ${within}`
      : `Not decided within the budget: ${formatCameraInterval(open)} ${within}`
  const atLeast = basis === 'measured' && (failsAt === undefined || open !== undefined) ? 'At least ' : ''
  const simulated = basis === 'simulated' ? ', by simulation' : ''
  const undecided = open === undefined ? '' : `; open: ${formatCameraInterval(open)}`
  return `${atLeast}${plural(planning, 'camera')} ${within}${simulated}${undecided}`
}

/** The notes on the planning capacity. */
export function capacityNotes(setting: SearchedSetting): string[] {
  const { found, search, slo } = setting
  const { planning, upper, step, capacity, open } = found
  const notes: string[] = []
  if (open !== undefined)
    notes.push(
      `The time of --budget was up before ${formatCameraInterval(open)} ${open[0] === open[1] && open[0] === 1 ? 'was' : 'were'} decided.`,
    )
  notes.push(...failureNotes(found), ...sustainedNotes(found, slo.percentile))
  if (planning > 0 && capacity === undefined)
    notes.push(
      search === undefined || search.simulated
        ? `${plural(planning, 'camera was', 'cameras were')} not measured: the result rests on simulation.`
        : `${plural(planning, 'camera was', 'cameras were')} not measured: the result follows from larger numbers.`,
    )
  if (upper.length > 0) {
    const also = formatList(upper.map(formatCameraInterval))
    notes.push(
      isInconclusive(found.failure)
        ? `Above it, ${also} pass by simulation.`
        : `By simulation, p${slo.percentile} is within the SLO again at ${also}. This is no capacity to plan with, because ` +
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
  notes.push(measuredNote(found, search === undefined || search.simulated))
  return notes
}

function measuredNote({ measured, max, step }: CapacityFound, simulated: boolean): string {
  const none = measured.length === 0
  const numbers = none
    ? 'No number of cameras was measured'
    : `${plural(measured.length, 'number of cameras was', 'numbers of cameras were')} measured (${measured.join(', ')})`
  if (!simulated) return `${numbers}. The server reported no batch times, so nothing was simulated.`
  if (measured.length * step === max) return `${numbers}.`
  return `${numbers}; ${none ? 'all' : 'the others'}, up to ${max}, were simulated.`
}

/** Why the next number of cameras fails, if it is known. */
function failureNotes({ failsAt, failure, failureSustained }: CapacityFound): string[] {
  if (failsAt === undefined) return []
  const cameras = plural(failsAt, 'camera')
  if (isInconclusive(failure))
    return [
      `${cameras} could not be measured in three attempts: ${formatBinding(failure!)}. The client or this machine was ` +
        'the bottleneck, not the server, so this is a lower bound. Measure again without other programs on this machine.',
    ]
  if (failure !== undefined && failure.decision !== 'pass') {
    const verb =
      failure.decision === 'fail' ? (failsAt === 1 ? 'fails' : 'fail') : 'could not be shown to pass'
    return [`${cameras} ${verb}: ${formatBinding(failure)}.`]
  }
  const measured = failure === undefined ? 'That number was not measured.' : 'The measured windows passed.'
  if (failureSustained === undefined) return [`${cameras} cannot be sustained, by simulation. ${measured}`]
  return [`${cameras} cannot be sustained: ${formatUnsustained(failureSustained)}. ${measured}`]
}

function formatUnsustained({ reason, utilisation, utilisationMax, lateShare }: SustainedVerdict): string {
  const { low, high } = utilisation
  if (reason === 'utilisation')
    return utilisationMax < 1
      ? `they may use ${share(high)} of the measured ceiling, and without batch times the limit is ${share(utilisationMax)}`
      : `they use ${share(low)} to ${share(high)} of the ceiling, so the backlog can grow without end`
  return lateShare === undefined
    ? 'the simulation of long operation does not keep the SLO'
    : `in the simulation of long operation ${formatPercent(lateShare.value)} of the requests are late (up to ${formatPercent(lateShare.high)} at 99 % confidence)`
}

/** In whole percent: more digits would suggest more precision. */
const share = (value: number) => `${Math.round(100 * value)} %`

/** Whether the planning capacity holds for longer than the measured windows. */
function sustainedNotes({ planning, sustained }: CapacityFound, percentile: number): string[] {
  if (sustained === undefined || planning === 0) return []
  const { utilisation, lateShare, simulatedS, reason } = sustained
  const used = `${plural(planning, 'camera')} use ${share(utilisation.value)} of the ceiling (${share(utilisation.low)} to ${share(utilisation.high)}).`
  if (reason === 'no-batches')
    return [
      `${used} Whether that can be sustained is not known, because the server reports no batch times to simulate with. So the capacity is limited to 90 % of the ceiling.`,
    ]
  if (lateShare === undefined) return [used]
  const minutes = plural(Math.round(simulatedS / 60), 'minute')
  return [
    `${used} Simulated for ${minutes} with new camera phases every minute, ${formatPercent(lateShare.value)} of the requests are late; p${percentile} allows ${formatPercent(1 - percentile / 100)}.`,
  ]
}

function ceilingNotes({ calibration, fps }: SearchedSetting): string[] {
  if (calibration === undefined) return []
  const { ceilingFps, tauMs, alphaMs } = calibration
  const batchTime =
    tauMs === undefined || alphaMs === undefined
      ? ''
      : ` A batch of b frames takes ${tauMs.toFixed(1)} + ${alphaMs.toFixed(1)}·b ms.`
  return [
    `The saturated server answers ${ceilingFps.toFixed(1)} frames per second, as many as ` +
      `${(ceilingFps / fps).toFixed(1)} cameras send.${batchTime}`,
  ]
}

function formatCameraInterval([from, to]: Interval): string {
  return from === to ? plural(from, 'camera') : `${from} to ${to} cameras`
}

function formatBinding({
  conditions,
  binding,
  decision,
  invalid,
  lateness,
  commonestFailure,
}: PointVerdict): string {
  const condition = conditions.find((one) => one.name === binding && one.decision === decision)
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

const conditionNames: Record<ConditionName | 'sustained', string> = {
  sustained: 'cannot be sustained',
  validity: 'the measurement is INVALID',
  generator: 'the load generator was late or used too much CPU',
  lateness: "the load generator's lateness decides the result",
  lost: 'frames were dropped or failed',
  delivered: 'frames of one camera were not answered',
  backlog: 'the backlog grows',
  latency: 'latency of all frames',
  'camera-latency': 'latency of one camera',
}

export function formatCondition(name: ConditionName | 'sustained'): string {
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
