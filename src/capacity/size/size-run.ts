import { UserError } from '../../system/user-error.js'
import type { CapacityRun } from '../capacity-run.js'
import type { LabelSetting } from '../capacity-setting.js'
import type { PhasedMeasurement } from '../simulator/fit-server.js'
import { capacityAt, capacityUnder } from './capacity-at.js'
import { type SettingEvidence, settingEvidence } from './setting-evidence.js'
import { checkSizeQuestion, type SizeQuestion } from './size-question.js'
import { type SizedSetting, sizeSetting } from './size-setting.js'
import { type MeasuredScenario, soundCommand } from './sound-command.js'
import { weaknessesOfFit } from './weak-evidence.js'
import { cameraStep } from '../../scenario/plan/plan.js'

/** The answer of `size`. */
export interface SizePlan {
  run: string
  /** The measured server, such as `TorchServe 0.12.0` or `embedded (simulated)`. */
  server: string
  question: SizeQuestion
  /** Sound estimates before rough ones, then fewest servers first. */
  settings: SizedSetting[]
  /** Settings of the run that cannot be used for a plan, with the reason. */
  leftOut: { setting: string; reason: string }[]
  /** The command that measures what a sound plan rests on. Present if a setting has a rough estimate. */
  soundCommand?: string | undefined
}

/**
 * Sizes a fleet for each setting of a run.
 *
 * @throws UserError for a question that is out of range, and for a run that cannot answer it
 */
export async function sizeRun(
  question: SizeQuestion,
  run: {
    name: string
    server: string
    scenario: MeasuredScenario
    seed: number
    measurements: AsyncIterable<PhasedMeasurement> | Iterable<PhasedMeasurement>
    capacity?: CapacityRun | undefined
    labelSetting: LabelSetting
  },
): Promise<SizePlan> {
  checkSizeQuestion(question)
  const settings: SizedSetting[] = []
  const leftOut: SizePlan['leftOut'] = []
  const { measurements, capacity, labelSetting } = run
  const evidences = await settingEvidence(question, measurements, capacity, labelSetting)
  for (const evidence of evidences) {
    const sized = await sizedFrom(question, evidence, run.seed)
    if (typeof sized === 'string') leftOut.push({ setting: evidence.setting, reason: sized })
    else settings.push(sized)
  }
  const command = soundCommand(
    question,
    run.scenario,
    evidences.find(({ cameraRuns }) => cameraRuns.length > 0) ?? evidences[0],
  )
  if (settings.length === 0) throw nothingToPlanFrom(run.name, question, leftOut, command)
  const isRough = ({ estimate }: SizedSetting) => Number(estimate === 'rough')
  settings.sort((a, b) => isRough(a) - isRough(b) || a.fleets[1]!.servers - b.fleets[1]!.servers)
  return {
    run: run.name,
    server: run.server,
    question,
    settings,
    leftOut,
    soundCommand: settings.some(isRough) ? command : undefined,
  }
}

/** The sized setting, or the reason why it cannot be sized. */
async function sizedFrom(
  question: SizeQuestion,
  evidence: SettingEvidence,
  seed: number,
): Promise<SizedSetting | string> {
  const { upBytesPerFrame, downBytesPerFrame, cameraRuns, capacities, point, fitted } = evidence
  if (upBytesPerFrame === undefined || downBytesPerFrame === undefined)
    return 'none of its requests was answered'
  const capacity = await capacityAt(question, evidence, seed)
  if (capacity === undefined) {
    return fitted === undefined
      ? 'the run has no capacity search or camera load at this rate, and no batches in the server’s log to simulate with'
      : 'not even one camera meets the SLO'
  }
  const camerasPerClient = capacities[0]?.step ?? cameraRuns[0]?.load.camerasPerClient ?? 1
  const step = cameraStep(point, { camerasPerClient })
  return sizeSetting(question, {
    setting: evidence.setting,
    step,
    capacity,
    wire: {
      upBytesPerFrame: { value: upBytesPerFrame, basis: 'measured' },
      downBytesPerFrame: { value: downBytesPerFrame, basis: 'measured' },
    },
    fitWeaknesses: fitted === undefined ? [] : weaknessesOfFit(question, point, fitted),
    capacityUnder: (change) => capacityUnder(question, evidence, change, seed),
  })
}

function nothingToPlanFrom(
  run: string,
  { fps, slo }: SizeQuestion,
  leftOut: SizePlan['leftOut'],
  command: string,
): UserError {
  return new UserError('no fleet can be planned from this run', {
    where: run,
    expected: `a setting that carries a camera at ${fps} fps with p${slo.percentile} within ${slo.latencyMs} ms`,
    received: leftOut.length === 0 ? 'a run without a complete measurement' : 'none',
    excerpt:
      leftOut.length === 0
        ? undefined
        : leftOut.map(({ setting, reason }) => `  ${setting}: ${reason}`).join('\n'),
    remedy: `Ask for a longer SLO or a lower rate, or measure the capacity at this rate and SLO first: \`${command}\`.`,
  })
}
