import type { SloSettings } from '../scenario/schema/settings.js'
import type { AnswerCheck } from './answer-check.js'
import type { Finding } from './finding.js'
import type { MeasurementObservations } from '../run/measurement-observations.js'
import { quantileOf } from './percentile.js'

const loadCpuLimit = 0.8
const clockStepLimitMs = 1
const throttledLimit = 0.01

/** What decides whether a measurement may be believed. An absent field means that nobody looked. */
export interface ValidityEvidence {
  generatorLagsUs: Float64Array
  slo?: SloSettings
  /** All load threads together, as a share of one core. */
  loadCpuShare?: number
  answers?: AnswerCheck
  complete: boolean
  observations: MeasurementObservations
}

/** Every reason why this measurement may not be believed; none: VALID. Slow servers and errors are no reasons. */
export function invalidReasons(evidence: ValidityEvidence): Finding[] {
  return [
    interrupted(evidence),
    generatorLate(evidence),
    clientSaturated(evidence),
    wrongAnswers(evidence),
    clockStep(evidence),
    settingsChanged(evidence),
    serverRestarted(evidence),
    throttled(evidence),
  ].filter((finding) => finding !== undefined)
}

/** Lateness beyond which sending is no longer the load that was asked for: min(5 ms, 5 % of the SLO). */
export function lagLimitMs(slo: SloSettings | undefined): number {
  return Math.min(5, slo === undefined ? Number.POSITIVE_INFINITY : 0.05 * slo.latencyMs)
}

function invalid(name: string, symptom: string, cause: string, remedy: string): Finding {
  return { severity: 'invalid', name, symptom, cause, remedy }
}

function interrupted({ complete }: ValidityEvidence): Finding | undefined {
  if (complete) return undefined
  return invalid(
    'interrupted',
    'The measurement was interrupted before its end.',
    'Ctrl-C, a crash or a lost server.',
    'Finish the run with `framestorm bench --resume`.',
  )
}

function generatorLate({ generatorLagsUs, slo }: ValidityEvidence): Finding | undefined {
  if (generatorLagsUs.length === 0) return undefined
  const lagMs = quantileOf(generatorLagsUs, 0.99) / 1000
  const limitMs = lagLimitMs(slo)
  // Below a hundred requests the p99 is the largest lag: a single late request decides nothing.
  const secondLargestMs = (generatorLagsUs.at(-2) ?? generatorLagsUs[0]!) / 1000
  if (lagMs <= limitMs || secondLargestMs <= limitMs) return undefined
  return invalid(
    'generator-late',
    `Requests left ${lagMs.toFixed(2)} ms late at p99; the limit is ${limitMs.toFixed(2)} ms.`,
    'The load threads did not get the processor in time: too little of it, or other programs beside them.',
    'Close other programs, run the server on another machine, or give the load more threads.',
  )
}

function clientSaturated({ loadCpuShare, observations }: ValidityEvidence): Finding | undefined {
  if (loadCpuShare === undefined) return undefined
  const share = loadCpuShare / (observations.loadThreads ?? 1)
  if (share <= loadCpuLimit) return undefined
  return invalid(
    'client-saturated',
    `A load thread used ${Math.round(share * 100)} % of a core; the limit is ${loadCpuLimit * 100} %.`,
    'The client and not the server sets the pace.',
    'Give the load more threads, or a faster machine of its own.',
  )
}

function wrongAnswers({ answers }: ValidityEvidence): Finding | undefined {
  if (answers === undefined || answers.wrong === 0) return undefined
  return invalid(
    'wrong-answers',
    `${answers.wrong} of ${answers.compared} answers are not those of the same frames alone ` +
      `(largest deviation ${answers.largestDeviation.toPrecision(2)}).`,
    'The handler mixes up the frames of a batch, or its answers depend on the batch that a frame is in.',
    'Compare the answers of one frame at batch size 1 and above in the handler.',
  )
}

function clockStep({ observations: { clockStepMs } }: ValidityEvidence): Finding | undefined {
  if (clockStepMs === undefined || Math.abs(clockStepMs) <= clockStepLimitMs) return undefined
  return invalid(
    'clock-step',
    `The wall clock moved by ${clockStepMs.toFixed(1)} ms against the monotonic clock.`,
    'The machine was suspended, or its time was set.',
    'Measure again while nothing sets the time.',
  )
}

function settingsChanged({
  observations: { settingsChanged: changes },
}: ValidityEvidence): Finding | undefined {
  if (changes === undefined || changes.length === 0) return undefined
  return invalid(
    'settings-changed',
    `The server did not have the settings asked for at the end: ${changes.join('; ')}.`,
    'Somebody else configured the server meanwhile.',
    'Measure while nobody else uses the management API.',
  )
}

function serverRestarted({ observations }: ValidityEvidence): Finding | undefined {
  if (observations.serverRestarted !== true) return undefined
  return invalid(
    'server-restarted',
    'The server that ended the measurement is not the one that began it.',
    'It crashed, or somebody restarted it.',
    "Look into the server's log, then measure again.",
  )
}

function throttled({ observations: { throttledShare } }: ValidityEvidence): Finding | undefined {
  if (throttledShare === undefined || throttledShare <= throttledLimit) return undefined
  return invalid(
    'throttled',
    `The processor was throttled for ${(throttledShare * 100).toFixed(1)} % of the window.`,
    'Heat, or a limit on the processor time of this container.',
    'Cool the machine, raise the limit, or measure elsewhere.',
  )
}
