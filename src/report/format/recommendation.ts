import type { RunAnalysis } from '../../analysis/analyse-run.js'
import {
  isRefuted,
  type Confirmation,
  type RatedSetting,
  type Recommendation,
  type RunnerUp,
  type SettingLeftOut,
} from '../../capacity/recommend/recommendation.js'
import type { SimplicityCriterion } from '../../capacity/simplicity.js'
import type { SloSettings } from '../../scenario/plan/plan.js'
import { plural } from '../../system/plural.js'
import { formatCondition } from '../capacity/capacity-words.js'
import { formatWeakness } from '../capacity/size-words.js'
import { formatLeftOutReason } from '../left-out.js'
import { disturbanceWarning } from './headline.js'
import { raceSentences } from './race.js'
import { capitalize, formatBatching, formatFps, formatList, formatMs } from './format.js'

export interface RecommendationWords {
  /** `Use server batching 8 (delay 50 ms), 1 worker: it carries 9 cameras at 5 fps within 1000 ms (p95)` */
  headline: string
  /** Whether the number was confirmed, and what other settings would cost. */
  sentences: string[]
  notes: string[]
  /** A command that is not wrapped, so that it can be copied. */
  soundCommand?: string | undefined
}

/** The recommendation of a run as text. */
export function formatRecommendation(
  recommendation: Recommendation,
  run?: Pick<RunAnalysis, 'plan'>,
): RecommendationWords {
  const { setting, cameras, load, slo, basis, estimate, soundCommand } = recommendation
  const carries = basis === 'predicted' ? 'it is predicted to carry' : 'it carries'
  const warning = disturbanceWarning(recommendation)
  return {
    headline:
      (warning === undefined ? '' : `${warning.what}. ${warning.remedy} As measured: `) +
      (estimate === 'rough' && warning === undefined ? 'Rough estimate: ' : '') +
      `use ${formatRated(setting)}: ${carries} ${plural(cameras, 'camera')} at ${load.fps} fps within ${formatSlo(slo)}`,
    sentences: [
      ...(run === undefined ? [] : raceSentences(run.plan)),
      evidenceSentence(recommendation),
      ...simplerSentences(recommendation),
      ...runnerUpSentences(recommendation),
    ],
    notes: [
      ...weaknessNotes(recommendation),
      ...leftOutNotes(recommendation.leftOut),
      ...(setting.step > 1 ? [`Cameras are counted in whole edge devices of ${setting.step}.`] : []),
      ...(recommendation.otherQuestions > 0
        ? [
            'The run has other camera loads, servers, models or SLOs too. The recommendation is about this one only.',
          ]
        : []),
    ],
    soundCommand,
  }
}

function weaknessNotes({ estimate, setting, settings }: Recommendation): string[] {
  const { weaknesses } = setting
  if (estimate === 'rough')
    return weaknesses.map((weakness) => `The estimate is rough: ${formatWeakness(weakness)}.`)
  return weaknesses.length > 0 && settings.length > 1
    ? ['The cameras of the other settings are rough estimates, which no run confirms.']
    : []
}

/** `server batching 8 (delay 50 ms), 2 workers`. The workers of a server by URL are not known. */
export function formatRated({ point, workers }: RatedSetting): string {
  return point.server.kind === 'url'
    ? formatBatching(point)
    : `${formatBatching(point)}, ${plural(workers, 'worker')}`
}

/** `1000 ms (p95)` */
function formatSlo({ latencyMs, percentile }: SloSettings): string {
  return `${latencyMs} ms (p${percentile})`
}

/** `9`, or `9–11` with service times at both ends of their uncertainty. */
export function formatCameras({ cameras, camerasAtMost }: RatedSetting): string {
  return cameras === camerasAtMost ? String(cameras) : `${cameras}–${camerasAtMost}`
}

function evidenceSentence({ setting, cameras, basis, confirmations, slo }: Recommendation): string {
  const refuted = confirmations.filter(({ verdict }) => isRefuted(verdict))
  const open = confirmations.find(({ verdict }) => verdict.decision !== 'pass' && !isRefuted(verdict))
  const failed = refuted.map((one) => formatRefuted(one, slo)).join(' ')
  if (basis === 'confirmed') {
    const passed = confirmations.find(({ verdict }) => verdict.decision === 'pass')!
    return `${failed} Confirmed: ${formatConfirmed(passed, slo)}`.trim()
  }
  if (refuted.length > 0 && basis === 'measured')
    return `${failed} ${plural(cameras, 'camera')} is the largest load of the plan that it carried.`
  if (refuted.length > 0) return `${failed} The figure is a prediction that was not confirmed.`
  if (setting.basis === 'measured')
    return `Measured: ${plural(cameras, 'camera')} is the largest load of the plan that it carried. The server reports no batches, so larger numbers cannot be predicted.`
  const range = `Predicted with the batch times of this run (${formatCameras(setting)} cameras within their uncertainty)`
  return open === undefined
    ? `${range}. No run confirms it.`
    : `${range}. The confirming run with ${plural(open.cameras, 'camera')} decided nothing: ${formatCondition(open.verdict.binding)}.`
}

function formatConfirmed(
  { cameras, windowS, verdict: { latencyMs } }: Confirmation,
  slo: SloSettings,
): string {
  const figure = latencyMs === undefined ? '' : `: p${slo.percentile} ${formatMs(latencyMs)} ms`
  return `${plural(cameras, 'camera')} were carried for ${Math.round(windowS)} s${figure}.`.replace(
    '1 camera were',
    '1 camera was',
  )
}

function formatRefuted({ cameras, verdict }: Confirmation, slo: SloSettings): string {
  const { latencyMs, binding } = verdict
  const isLatency = binding === 'latency' && latencyMs !== undefined
  const why = isLatency ? `p${slo.percentile} was ${formatMs(latencyMs)} ms` : formatCondition(binding)
  return `${plural(cameras, 'camera')} did not hold in a confirming run: ${why}.`
}

function simplerSentences({ simplerThan }: Recommendation): string[] {
  if (simplerThan === undefined) return []
  const { setting, by } = simplerThan
  return [
    `${capitalize(formatRated(setting))} carries ${setting.cameras}, which is as many within the uncertainty; ` +
      `the recommended setting is simpler (${simplicityWords[by]}).`,
  ]
}

const simplicityWords: Record<SimplicityCriterion, string> = {
  workers: 'fewer workers, which hold the model in memory fewer times',
  batching: 'no batching, so no frame waits for others',
  batchSize: 'smaller batches, which need less memory',
  mode: 'server batching, which leaves the client as it is',
  protocol: 'HTTP, which needs no generated client and no proxy for HTTP/2',
  maxBatchDelay: 'a shorter delay, which each batch waits for with few cameras',
}

function runnerUpSentences({ runnerUp, simplerThan, setting: best }: Recommendation): string[] {
  if (runnerUp === undefined || runnerUp.setting === simplerThan?.setting) return []
  const { setting, fewerCameras } = runnerUp
  const name = formatRated(setting)
  if (fewerCameras <= 0) return [`${capitalize(name)} carries as many, but is not simpler.`]
  const because = formatBecause(runnerUp, best)
  if (setting.cameras === 0) return [`No other setting carries a camera.`]
  return [
    `Next: ${name} with ${plural(setting.cameras, 'camera')}, ${fewerCameras} fewer${because && `, because ${because}`}.`,
  ]
}

function formatBecause({ because }: RunnerUp, { mode }: RatedSetting): string {
  switch (because?.kind) {
    case 'ceiling':
      return `its ceiling is ${formatFps(because.fps)} FPS, not ${formatFps(because.bestFps)}`
    case 'batch-wait':
      return `its frames wait up to ${formatMs(because.waitMs)} ms for a batch to fill${
        because.bestWaitMs === 0 ? '' : `, those of ${mode} batching up to ${formatMs(because.bestWaitMs)} ms`
      }`
    case undefined:
      return ''
  }
}

function leftOutNotes(leftOut: readonly SettingLeftOut[]): string[] {
  const byReason = new Map<string, string[]>()
  for (const { point, reason } of leftOut) {
    const text = formatReason(reason)
    byReason.set(text, [...(byReason.get(text) ?? []), formatBatching(point)])
  }
  return [...byReason].map(([reason, settings]) => `Not compared: ${formatList(settings)} (${reason}).`)
}

function formatReason(reason: SettingLeftOut['reason']): string {
  switch (reason.kind) {
    case 'not-measured':
      return reason.leftOut === undefined ? 'not measured' : formatLeftOutReason(reason.leftOut)
    case 'failing':
      return 'the server failed its frames'
    case 'timeouts':
      return 'more than 1 % of its frames timed out under closed load'
    case 'wrong-answers':
      return 'the server gave wrong answers'
    case 'invalid':
      return 'INVALID'
    case 'few-requests':
      return `only ${plural(reason.requests, 'request')} answered, ${reason.needed} needed`
    case 'no-batches':
      return 'too few batches in the log of the server'
  }
}
