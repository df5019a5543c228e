import type { MeasurementSummary } from './measurement-summary.js'
import type { RunAnalysis } from './run-analysis.js'
import { lagLimitMs } from './validity-checks.js'
import { shareInWords } from '../report/format/numbers.js'

/** One check of the measurement itself: its worst figure over the run against its limit. */
export interface TrustCheck {
  name: string
  /** Empty where nobody looked: the check is then absent, not passed. */
  worst: string
  limit: string
  where: string
  state: 'good' | 'bad' | 'note' | 'absent'
}

/** What speaks for and against believing the figures. */
export function trustChecks(analysis: RunAnalysis): TrustCheck[] {
  const { measurements, plan, points } = analysis
  const sloOf = new Map(plan.points.map(({ id, slo }) => [id, slo]))
  const lagShare = ({ point, generatorLagP99Ms }: MeasurementSummary) =>
    generatorLagP99Ms === undefined ? undefined : generatorLagP99Ms / lagLimitMs(sloOf.get(point))
  return [
    worstOf('generator lag p99', measurements, lagShare, (one) => ({
      worst: `${one.generatorLagP99Ms?.toFixed(2)} ms`,
      limit: `${lagLimitMs(sloOf.get(one.point)).toFixed(1)} ms`,
      state: lagShare(one)! > 1 ? 'bad' : 'good',
    })),
    worstOf(
      'CPU of the load threads',
      measurements,
      ({ loadCpuShare }) => loadCpuShare,
      (one) => ({
        worst: `${shareInWords(one.loadCpuShare)} of a core`,
        limit: '80 % a thread',
        state: stateBy(one, 'client-saturated'),
      }),
    ),
    worstOf('frames sent ÷ frames scheduled', measurements, sentShortfall, (one) => ({
      worst: shareInWords(1 - sentShortfall(one)!),
      limit: '100 %, less what the queue policy drops',
      state: sentShortfall(one)! > 0 ? 'note' : 'good',
    })),
    answersCheck(analysis),
    worstOf(
      'wall clock against monotonic clock',
      measurements,
      ({ observations: { clockStepMs } }) => clockStepMs && Math.abs(clockStepMs),
      (one) => ({
        worst: `${one.observations.clockStepMs?.toFixed(2)} ms`,
        limit: 'clock-step in docs/words.md',
        state: stateBy(one, 'clock-step'),
      }),
    ),
    worstOf(
      'settings in force at the end',
      measurements,
      ({ observations: { settingsChanged } }) => settingsChanged?.length,
      (one) => ({
        worst: one.observations.settingsChanged?.join('; ') || 'those asked for',
        limit: 'those asked for',
        state: stateBy(one, 'settings-changed'),
      }),
    ),
    worstOf(
      'server processes',
      measurements,
      ({ observations: { serverRestarted } }) =>
        serverRestarted === undefined ? undefined : Number(serverRestarted),
      (one) => ({
        worst: one.observations.serverRestarted === true ? 'restarted' : 'the same',
        limit: 'the same to the end',
        state: stateBy(one, 'server-restarted'),
      }),
    ),
    worstOf(
      'processor throttled',
      measurements,
      ({ observations: { throttledShare } }) => throttledShare,
      (one) => ({
        worst: shareInWords(one.observations.throttledShare),
        limit: '1 % of the window',
        state: stateBy(one, 'throttled'),
      }),
    ),
    worstOf(
      'processor taken by other guests',
      measurements,
      ({ observations: { stealShare } }) => stealShare,
      (one) => ({
        worst: shareInWords(one.observations.stealShare),
        limit: '5 %, more is worth a look',
        state: one.observations.stealShare! > 0.05 ? 'note' : 'good',
      }),
    ),
    spreadCheck(points),
    worstOf('second opinion (autocannon)', measurements, crossCheckDistance, (one) => ({
      worst: `${one.crossCheckFps?.toFixed(1)} FPS against our ${one.fps.toFixed(1)}`,
      limit: 'within 5 %',
      state: crossCheckDistance(one)! > 0.05 ? 'note' : 'good',
    })),
  ]
}

function stateBy({ findings }: MeasurementSummary, reason: string): TrustCheck['state'] {
  return findings.some(({ name }) => name === reason) ? 'bad' : 'good'
}

/** With the power of the check: how surely the answer to another frame would have been noticed. */
function answersCheck({ measurements, answerReference }: RunAnalysis): TrustCheck {
  const name = 'answers compared with those of the same frames alone'
  if (answerReference?.state === 'off')
    return { name, worst: answerReference.reason, limit: '', where: '', state: 'absent' }
  const check = worstOf(
    name,
    measurements,
    ({ answers }) => answers && answers.wrong / answers.compared,
    (one) => ({
      worst: `${one.answers?.wrong} of ${one.answers?.compared} differ`,
      limit: '0',
      state: stateBy(one, 'wrong-answers'),
    }),
  )
  if (answerReference === undefined) return check
  const { tolerance, power, mixedUp } = answerReference
  return {
    ...check,
    ...(mixedUp !== undefined && { where: `${mixedUp} mixed up before the load began; ${check.where}` }),
    limit: `0 beyond ${tolerance.toPrecision(2)}; two different frames are ${power.toFixed(0)} times as far apart`,
  }
}

function worstOf(
  name: string,
  measurements: MeasurementSummary[],
  badness: (one: MeasurementSummary) => number | undefined,
  describe: (worst: MeasurementSummary) => Pick<TrustCheck, 'worst' | 'limit' | 'state'>,
): TrustCheck {
  const worst = measurements
    .filter((one) => badness(one) !== undefined)
    .reduce<MeasurementSummary | undefined>(
      (found, one) => (found === undefined || badness(one)! > badness(found)! ? one : found),
      undefined,
    )
  if (worst === undefined) return { name, worst: '', limit: '', where: '', state: 'absent' }
  return { name, where: `point ${worst.point}, repetition ${worst.repetition}`, ...describe(worst) }
}

/** Camera load only: a closed load schedules nothing that it does not send. */
function sentShortfall({ offeredFps, counts }: MeasurementSummary): number | undefined {
  if (offeredFps === undefined || counts.scheduled === 0) return undefined
  return (counts.byOutcome.dropped + counts.byOutcome.aborted) / counts.scheduled
}

function crossCheckDistance({ crossCheckFps, fps }: MeasurementSummary): number | undefined {
  return crossCheckFps === undefined || fps === 0 ? undefined : Math.abs(crossCheckFps / fps - 1)
}

function spreadCheck(points: RunAnalysis['points']): TrustCheck {
  const spreads = points.flatMap(({ point, fps }) =>
    fps === undefined || fps.repetitions < 2 || fps.median === 0
      ? []
      : [{ id: point.id, share: (fps.max - fps.min) / fps.median, repetitions: fps.repetitions }],
  )
  const worst = spreads.toSorted((a, b) => b.share - a.share)[0]
  const name = 'spread of FPS between repetitions'
  if (worst === undefined) return { name, worst: '', limit: '', where: '', state: 'absent' }
  return {
    name,
    worst: shareInWords(worst.share),
    limit: '10 %',
    where: `point ${worst.id}, ${worst.repetitions} repetitions`,
    state: worst.share > 0.1 ? 'note' : 'good',
  }
}
