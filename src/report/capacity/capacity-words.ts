import type { Interval } from '../../capacity/search/passing-intervals.js'
import { type PointVerdict, saysNothing } from '../../capacity/verdict/measure-cameras.js'
import { camerasInWords } from './cameras-in-words.js'
import { conditionWithFigures } from './condition-words.js'
import type { SearchedSetting } from './capacity-answer.js'

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
