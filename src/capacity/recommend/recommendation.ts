import type { Disturbance } from '../../analysis/disturbance.js'
import type { PointLeftOut } from '../../run/manifest.js'
import type { CameraLoad, Point, SloSettings } from '../../scenario/plan/plan.js'
import { compareSimplicity, simplerBy, type SettingCost, type SimplicityCriterion } from '../simplicity.js'
import type { Weakness } from '../size/weak-evidence.js'
import type { DrawsVerdict } from '../verdict/judge-draws.js'

/** A point with one setting, under camera load. Its number of cameras has no meaning. */
export type SettingPoint = Point & { load: CameraLoad; slo: SloSettings }

/** Cameras that one setting carries within the SLO, and the evidence. */
export interface RatedSetting extends SettingCost {
  point: SettingPoint
  /** Cameras are added in steps of whole edge devices if these batch across their cameras. */
  step: number
  /** A promise: with service times that are longer by their uncertainty. */
  cameras: number
  /** With service times that are shorter by their uncertainty. */
  camerasAtMost: number
  /** By how much the service times of a prediction may be off, as a share. */
  uncertainty?: number | undefined
  /** `predicted` by simulation, or `measured`: the largest camera load of the run that it carried. */
  basis: 'predicted' | 'measured'
  /** The largest camera load of the run that it carried, below the smallest that it did not carry. */
  carries?: number | undefined
  /** The smallest camera load of the run that it did not carry. A prediction is never above. */
  failsAt?: number | undefined
  /** FPS under closed load. */
  ceilingFps?: number | undefined
  /** How long the oldest frame of a batch waits for the others at most, ms; 0 without batching. */
  batchWaitMs: number
  weaknesses: Weakness[]
}

/** A setting of the plan that takes no part, and why. */
export interface SettingLeftOut {
  point: Point
  reason:
    | { kind: 'not-measured'; leftOut?: PointLeftOut | undefined }
    | { kind: 'failing' }
    /** Its closed load had too many timeouts to be compared. */
    | { kind: 'timeouts' }
    | { kind: 'wrong-answers' }
    | { kind: 'invalid' }
    | { kind: 'few-requests'; requests: number; needed: number }
    | { kind: 'no-batches' }
}

/** What the next best setting would cost. */
export interface RunnerUp {
  setting: RatedSetting
  /** Cameras fewer than the recommended setting; 0 or less if it is as good, but less simple. */
  fewerCameras: number
  because?:
    | { kind: 'ceiling'; fps: number; bestFps: number }
    /** Its frames wait longer for a batch to fill. */
    | { kind: 'batch-wait'; waitMs: number; bestWaitMs: number }
    | undefined
}

/** A camera load with the recommended setting that was measured after the plan. */
export interface Confirmation {
  cameras: number
  windowS: number
  verdict: DrawsVerdict
}

export interface Recommendation {
  /** The rate and phases of each camera. */
  load: CameraLoad
  slo: SloSettings
  setting: RatedSetting
  /** The number to plan with: what the setting carries, or less if a confirming run showed less. */
  cameras: number
  /** `confirmed`: predicted, and a confirming run passed with this number. */
  basis: 'confirmed' | 'predicted' | 'measured'
  /**
   * `rough`: it rests on short windows, few batches or few batch sizes. Not after a race that was decided and a confirming
   * run that passed: many short windows decided which setting it is, and one long window how many cameras it carries.
   */
  estimate: 'sound' | 'rough'
  /** The command that measures what a sound recommendation rests on. Present if this one is rough. */
  soundCommand?: string | undefined
  /** Largest number of cameras first. */
  confirmations: Confirmation[]
  /** Set if another setting carries more cameras, but not more than the uncertainty: why this one was taken. */
  simplerThan?: { setting: RatedSetting; by: SimplicityCriterion } | undefined
  runnerUp?: RunnerUp | undefined
  /** All settings, most cameras first. */
  settings: RatedSetting[]
  leftOut: SettingLeftOut[]
  /** Set if other programs used the machine at points that were compared. The recommendation is then not reliable. */
  disturbance?: Disturbance | undefined
  /** Other rates, SLOs, models, videos or servers of the run, about which this says nothing. */
  otherQuestions: number
}

/** Settings whose numbers of cameras differ by this share are equal: a machine changes by as much from run to run. */
export const equalShare = 0.05

export interface SettingRace {
  isDecided: boolean
  /** Whether it was shown that no other setting carries over 5 % more. */
  isShownEqual: (setting: RatedSetting) => boolean
}

/**
 * Decides which setting to use: the one that carries most cameras, or a simpler one that carries as many within the
 * uncertainty.
 *
 * @returns undefined if no setting carries a camera
 */
export function decideRecommendation(
  rated: readonly RatedSetting[],
  question: Pick<Recommendation, 'load' | 'slo' | 'leftOut' | 'disturbance' | 'otherQuestions'> & {
    confirmationsOf: (setting: RatedSetting) => Confirmation[]
    /** How a race between the settings ended. */
    race?: SettingRace | undefined
  },
): Recommendation | undefined {
  const { confirmationsOf, race, ...about } = question
  const isShownEqual = race?.isShownEqual ?? (() => true)
  const settings = rated.toSorted((a, b) => b.cameras - a.cameras || compareSimplicity(a, b))
  const most = settings[0]
  if (most === undefined || most.cameras === 0) return undefined
  const equals = settings.filter((one) => one === most || (carriesAsMany(one, most) && isShownEqual(one)))
  const setting = equals.toSorted(compareSimplicity)[0]!
  const confirmations = confirmationsOf(setting).toSorted((a, b) => b.cameras - a.cameras)
  const confirmed = confirmations.find(({ verdict }) => verdict.decision === 'pass')
  const refuted = confirmations.findLast(({ verdict }) => isRefuted(verdict))
  const by = setting === most ? undefined : simplerBy(setting, most)
  const { cameras, basis } = decideCameras(setting, { confirmed, refuted })
  const isShown = race?.isDecided === true && basis === 'confirmed'
  return {
    ...about,
    setting,
    cameras,
    basis,
    estimate: setting.weaknesses.length > 0 && !isShown ? 'rough' : 'sound',
    confirmations,
    simplerThan: by && { setting: most, by },
    runnerUp: findRunnerUp(setting, settings),
    settings,
  }
}

/** A number that a confirming run refuted is not recommended if there is another one that was carried. */
function decideCameras(
  { cameras, basis, carries }: RatedSetting,
  { confirmed, refuted }: { confirmed: Confirmation | undefined; refuted: Confirmation | undefined },
): Pick<Recommendation, 'cameras' | 'basis'> {
  if (confirmed !== undefined && confirmed.cameras < (refuted?.cameras ?? Infinity))
    return { cameras: refuted === undefined ? cameras : confirmed.cameras, basis: 'confirmed' }
  if (refuted !== undefined && carries !== undefined && carries < refuted.cameras)
    return { cameras: carries, basis: 'measured' }
  return { cameras, basis }
}

function carriesAsMany(one: RatedSetting, most: RatedSetting): boolean {
  return one.cameras > 0 && most.cameras - one.cameras <= equalShare * most.cameras
}

/** Whether a confirming run says that the server does not carry the cameras. */
export function isRefuted({ decision, binding }: DrawsVerdict): boolean {
  return decision === 'fail' && binding !== 'validity' && binding !== 'generator' && binding !== 'lateness'
}

function findRunnerUp(best: RatedSetting, settings: readonly RatedSetting[]): RunnerUp | undefined {
  const setting = settings.find((one) => one !== best)
  return (
    setting && { setting, fewerCameras: best.cameras - setting.cameras, because: explainLoss(best, setting) }
  )
}

/** The ceiling explains the loss if it is lower by at least half of the share of cameras lost. */
function explainLoss(best: RatedSetting, other: RatedSetting): RunnerUp['because'] {
  const lostShare = 1 - other.cameras / best.cameras
  if (lostShare <= 0) return undefined
  const { ceilingFps: fps, batchWaitMs: waitMs } = other
  const { ceilingFps: bestFps, batchWaitMs: bestWaitMs } = best
  if (fps !== undefined && bestFps !== undefined && 1 - fps / bestFps >= lostShare / 2)
    return { kind: 'ceiling', fps, bestFps }
  return waitMs > bestWaitMs ? { kind: 'batch-wait', waitMs, bestWaitMs } : undefined
}
