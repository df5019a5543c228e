import { groupBy, stableKey } from '../../analysis/point-identity.js'
import { isComparable } from '../../analysis/outcome.js'
import { hasWrongAnswers } from '../../analysis/point-findings.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { PointLeftOut } from '../../run/manifest.js'
import type { RecommendedAmong } from '../../scenario/plan/confirming-run.js'
import { cameraStep, knownWorkers, type CameraLoad, type Point } from '../../scenario/plan/plan.js'
import { fillWaitMs } from '../headline-rule.js'
import type { FittedServer } from '../simulator/fit-server.js'
import { simulatedCapacity } from '../sustained/simulated-capacity.js'
import type { ValueRange } from '../sustained/value-range.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { weaknessesOfFit, weaknessesOfWindow } from '../size/weak-evidence.js'
import type { RatedSetting, SettingLeftOut, SettingPoint } from './recommendation.js'

/** A setting with fewer requests answered is not compared: one slow request would decide. */
const fewestRequests = 20

export interface RatedSettings {
  rated: RatedSetting[]
  leftOut: SettingLeftOut[]
}

/** The setting whose simulations run, of how many. */
export interface SimulationProgress {
  setting: number
  of: number
}

interface MeasuredSetting {
  point: SettingPoint
  /** Of its VALID points. */
  closed: PointSummary[]
  cameras: PointSummary[]
}

/**
 * Rates each setting in question by the cameras that it carries: predicted by simulation with the service times of the
 * run, never above a number that was measured and failed. Without batch times of any setting, from what was measured.
 *
 * @param run.fittedFor the server as it was fitted for a point; undefined if it reported too few batches
 * @param run.ceilingOf the ceiling that a closed point measured; undefined if it did not saturate the server
 * @param run.onSimulation called before each simulation of a number of cameras
 */
export async function rateSettings(
  { points: asked, cameraPoint, slo }: RecommendedAmong,
  run: {
    points: readonly PointSummary[]
    leftOut: readonly PointLeftOut[]
    fittedFor: (point: Point) => FittedServer | undefined
    ceilingOf: (point: Point) => ValueRange | undefined
    seed: number
    onSimulation?: ((progress: SimulationProgress) => void) | undefined
  },
): Promise<RatedSettings> {
  const measured: MeasuredSetting[] = []
  const leftOut: SettingLeftOut[] = []
  for (const points of groupBy(asked, settingOf).values()) {
    const ids = new Set(points.map(({ id }) => id))
    const some = run.points.filter(({ point }) => ids.has(point.id))
    const own = points.find((one) => one.load.kind === 'cameras')
    const point = { ...(own ?? points[0]!), load: cameraLoadOf(own ?? cameraPoint), slo }
    const reason = whyLeftOut(
      some,
      run.leftOut.find((one) => ids.has(one.point)),
    )
    if (reason === undefined) measured.push(toMeasured(point, some))
    else leftOut.push({ point, reason })
  }
  const isPredicted = measured.some(({ point }) => run.fittedFor(point) !== undefined)
  const rated: RatedSetting[] = []
  for (const [i, setting] of measured.entries()) {
    const { point } = setting
    const progress = { setting: i + 1, of: measured.length }
    const fitted = run.fittedFor(point)
    if (!isPredicted) rated.push(rateMeasured(setting))
    else if (fitted === undefined) leftOut.push({ point, reason: { kind: 'no-batches' } })
    else
      rated.push(
        await ratePredicted(setting, {
          fitted,
          seed: run.seed,
          ceilingFps: highestCeiling(setting, run.ceilingOf),
          onSimulation: () => run.onSimulation?.(progress),
        }),
      )
  }
  return { rated, leftOut }
}

/** The load of a camera point. */
export function cameraLoadOf({ load }: Point): CameraLoad {
  if (load.kind !== 'cameras') throw new Error('a camera point has another load')
  return load
}

function settingOf({ server, batching }: Point): string {
  return stableKey({ workers: knownWorkers({ server }), batching })
}

function whyLeftOut(
  points: readonly PointSummary[],
  leftOut: PointLeftOut | undefined,
): SettingLeftOut['reason'] | undefined {
  if (points.length === 0) return { kind: 'not-measured', leftOut }
  if (points.some(({ outcome }) => outcome === 'failing')) return { kind: 'failing' }
  if (points.some((one) => !isComparable(one))) return { kind: 'timeouts' }
  if (points.some(hasWrongAnswers)) return { kind: 'wrong-answers' }
  const valid = points.filter(({ validity }) => validity === 'VALID')
  if (valid.length === 0) return { kind: 'invalid' }
  const requests = valid.reduce((sum, { requestLatency }) => sum + requestLatency.samples, 0)
  return requests < fewestRequests ? { kind: 'few-requests', requests, needed: fewestRequests } : undefined
}

function toMeasured(point: SettingPoint, some: readonly PointSummary[]): MeasuredSetting {
  const valid = some.filter(({ validity }) => validity === 'VALID')
  return {
    point,
    closed: valid.filter((one) => one.point.load.kind === 'closed'),
    cameras: valid
      .filter((one) => one.point.load.kind === 'cameras')
      .toSorted((a, b) => camerasOf(a) - camerasOf(b)),
  }
}

function camerasOf({ point: { load } }: PointSummary): number {
  return load.kind === 'cameras' ? load.cameras : 0
}

type CommonFields = Omit<RatedSetting, 'cameras' | 'camerasAtMost' | 'uncertainty' | 'basis' | 'weaknesses'>

function commonFields({ point, closed, cameras }: MeasuredSetting): CommonFields {
  const { load } = point
  const { mode, framesPerRequest, serverBatchSize, maxBatchDelayMs, protocol } = point.batching
  const step = cameraStep(point, load)
  const failed = cameras.find(({ outcome }) => outcome !== 'within-slo')
  const ceilings = closed.flatMap(({ fps }) => fps?.median ?? [])
  return {
    point,
    mode,
    framesPerRequest,
    serverBatchSize,
    maxBatchDelayMs,
    protocol,
    workers: knownWorkers(point),
    step,
    carries: largestCarried(cameras, failed),
    failsAt: failed && camerasOf(failed),
    ceilingFps: ceilings.length === 0 ? undefined : Math.max(...ceilings),
    batchWaitMs:
      fillWaitMs(framesPerRequest, step, load.fps) + (serverBatchSize > 1 ? (maxBatchDelayMs ?? 0) : 0),
  }
}

function largestCarried(
  cameras: readonly PointSummary[],
  failed: PointSummary | undefined,
): number | undefined {
  const carried = cameras.findLast((one) => camerasOf(one) < (failed ? camerasOf(failed) : Infinity))
  return carried && camerasOf(carried)
}

/** Of the closed loads that saturated the server. */
function highestCeiling(
  { closed }: MeasuredSetting,
  ceilingOf: (point: Point) => ValueRange | undefined,
): ValueRange | undefined {
  return closed
    .flatMap(({ point }) => ceilingOf(point) ?? [])
    .reduce<ValueRange | undefined>(
      (highest, one) => (highest === undefined || one.value > highest.value ? one : highest),
      undefined,
    )
}

async function ratePredicted(
  setting: MeasuredSetting,
  {
    fitted,
    seed,
    ceilingFps,
    onSimulation,
  }: {
    fitted: FittedServer
    seed: number
    ceilingFps: ValueRange | undefined
    onSimulation: () => void
  },
): Promise<RatedSetting> {
  const common = commonFields(setting)
  const { step, failsAt = Infinity } = common
  const { point } = setting
  const { load, slo } = point
  const largest = Number.isFinite(failsAt) ? Math.max(0, Math.ceil(failsAt / step) - 1) * step : Infinity
  const carried = async (uncertainty: number, ceiling: ValueRange | undefined) => {
    const { planning } = await simulatedCapacity(simulatedSetting({ point, load, slo }, fitted), {
      model: { ...fitted.model, uncertainty },
      ceilingFps: ceiling,
      onSimulation,
      percentile: slo.percentile,
      seed,
      step,
    })
    return Math.min(largest, planning)
  }
  const { uncertainty } = fitted.model
  const cameras = await carried(uncertainty, ceilingFps)
  const best = ceilingFps && { ...ceilingFps, low: ceilingFps.high }
  return {
    ...common,
    cameras,
    camerasAtMost: Math.max(cameras, await carried(-uncertainty, best)),
    uncertainty,
    basis: 'predicted',
    weaknesses: weaknessesOfFit({ slo }, point, fitted),
  }
}

/** The largest camera load that it carried, below the first one that it did not carry. */
function rateMeasured(setting: MeasuredSetting): RatedSetting {
  const common = commonFields(setting)
  const { carries: cameras = 0 } = common
  const best = setting.cameras.find((one) => camerasOf(one) === cameras)
  return {
    ...common,
    cameras,
    camerasAtMost: cameras,
    basis: 'measured',
    weaknesses: weaknessesOfWindow(best?.point.measure.durationS ?? 0),
  }
}
