import { UserError } from '../../system/user-error.js'
import type { CapacityRun } from '../capacity-run.js'
import type { PhasedMeasurement } from '../simulator/simulated-setting.js'
import { capacityAt, capacityUnder } from './capacity-at.js'
import { type SettingEvidence, settingEvidence } from './setting-evidence.js'
import { checkSizeQuestion, type SizeQuestion } from './size-question.js'
import { type SizedSetting, sizeSetting } from './size-setting.js'

/** The answer of `size`: plain data, from which text, CSV and page are made. */
export interface SizePlan {
  run: string
  /** What the run was measured on; `embedded (simulated)` may never look like a TorchServe. */
  server: string
  question: SizeQuestion
  /** Fewest servers first. */
  settings: SizedSetting[]
  /** Settings of the run that no plan can be made from, and why. */
  leftOut: { setting: string; reason: string }[]
}

/**
 * Sizes a fleet for each setting of a run.
 *
 * @throws UserError for a question that cannot be answered, and for a run that holds nothing to answer it from
 */
export async function sizeRun(
  question: SizeQuestion,
  run: {
    name: string
    server: string
    seed: number
    measurements: AsyncIterable<PhasedMeasurement> | Iterable<PhasedMeasurement>
    capacity?: CapacityRun
  },
): Promise<SizePlan> {
  checkSizeQuestion(question)
  const settings: SizedSetting[] = []
  const leftOut: SizePlan['leftOut'] = []
  for (const evidence of await settingEvidence(run.measurements, run.capacity)) {
    const sized = await sizedFrom(question, evidence, run.seed)
    if (typeof sized === 'string') leftOut.push({ setting: evidence.setting, reason: sized })
    else settings.push(sized)
  }
  if (settings.length === 0) throw nothingToPlanFrom(run.name, question, leftOut)
  settings.sort((a, b) => a.fleets[1]!.servers - b.fleets[1]!.servers)
  return { run: run.name, server: run.server, question, settings, leftOut }
}

/** Sized, or the reason why not. */
async function sizedFrom(
  question: SizeQuestion,
  evidence: SettingEvidence,
  seed: number,
): Promise<SizedSetting | string> {
  const { upBytesPerFrame, downBytesPerFrame, cameraRuns, capacities, point, fitted } = evidence
  if (upBytesPerFrame === undefined || downBytesPerFrame === undefined) return 'no request of it was answered'
  const capacity = await capacityAt(question, evidence, seed)
  if (capacity === undefined) {
    return fitted === undefined
      ? 'it has no capacity or camera runs at this rate, and the server told of no batches to simulate with'
      : 'not one camera meets the SLO with it'
  }
  const load = cameraRuns[0]?.load
  const step = point.batching.framesPerRequest > 1 ? (capacities[0]?.step ?? load?.camerasPerClient ?? 1) : 1
  return sizeSetting(question, {
    setting: evidence.setting,
    step,
    capacity,
    wire: {
      upBytesPerFrame: { value: upBytesPerFrame, basis: 'measured' },
      downBytesPerFrame: { value: downBytesPerFrame, basis: 'measured' },
    },
    capacityUnder: (change) => capacityUnder(question, evidence, change, seed),
  })
}

function nothingToPlanFrom(run: string, { fps, slo }: SizeQuestion, leftOut: SizePlan['leftOut']): UserError {
  return new UserError('no fleet can be planned from this run', {
    where: run,
    expected: `a setting that carries a camera at ${fps} fps with p${slo.percentile} within ${slo.latencyMs} ms`,
    received: leftOut.length === 0 ? 'a run without a complete measurement' : 'none',
    ...(leftOut.length > 0 && {
      excerpt: leftOut.map(({ setting, reason }) => `  ${setting}: ${reason}`).join('\n'),
    }),
    remedy: 'ask for a longer SLO or a lower rate, or run `framestorm capacity` at this rate and SLO first',
  })
}
