import { meanServiceMs } from '../../batching/service-time.js'
import type { LoadSettings } from '../../scenario/plan/plan.js'
import type { Infeasible, SettingCapacity } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { capacityFound } from '../search/capacity-found.js'
import { measurableS, searchBounds, searchCapacity } from '../search/search-capacity.js'
import { extractTrace } from '../simulator/fit-server.js'
import { measuredRun } from '../verdict/camera-run.js'
import { capacityCriteria, clearPassS, type CapacityCriteria } from '../verdict/capacity-criteria.js'
import { requestsToPass } from '../verdict/late-share.js'
import { measureCameras, type PointVerdict, type WindowRequest } from '../verdict/measure-cameras.js'
import {
  calibrate,
  expectedCalibrationS,
  fitCalibrated,
  toCalibration,
  type Calibrated,
} from './calibrate.js'
import { createForecast } from './forecast.js'
import type { PointMeasurer } from './point-measurer.js'

/** What happens during a search, for progress displays. */
export type CapacityEvent =
  | { kind: 'setting'; setting: string; number: number; of: number }
  | { kind: 'calibrating'; load: LoadSettings }
  /** One number of cameras, or all of them. */
  | { kind: 'simulating'; cameras?: number | undefined }
  | { kind: 'tuning'; candidate: number; of: number }
  | { kind: 'measuring'; cameras: number; repetition: number; windowS: number }
  | { kind: 'verdict'; verdict: PointVerdict }

export interface SearchSettingOptions {
  points: PointMeasurer
  seed: number
  /** Seconds that are left for this setting; Infinity without a budget. */
  leftS: () => number
  save: () => Promise<void>
  onEvent?: ((event: CapacityEvent) => void) | undefined
}

/**
 * Finds which numbers of cameras pass with one setting: calibrates the service times, predicts every number, and measures
 * both sides of the planning edge. Results are written into `state` and saved step by step.
 */
export async function searchSetting(
  setting: CapacitySetting,
  state: SettingCapacity,
  options: SearchSettingOptions,
): Promise<void> {
  const { points, seed, leftS, save, onEvent } = options
  const { load, step, point, workers } = setting
  const known = await calibrate(setting, points, {
    seed,
    onLoad: (one) => onEvent?.({ kind: 'calibrating', load: one }),
    shareOfTime: Math.min(1, (calibrationShare * leftS()) / expectedCalibrationS(setting)),
  })
  let calibrated = fitCalibrated(known, workers)
  let fittedTraces = known.traces.length
  state.calibration = toCalibration(calibrated)
  await save()
  state.infeasible = checkFeasible(setting, calibrated)
  if (state.infeasible !== undefined) return save()

  const simulated = calibrated.fitted !== undefined
  const criteria = simulated ? settingCriteria(setting) : withMoreDraws(settingCriteria(setting))
  const requestsPerCameraS = load.fps / point.batching.framesPerRequest
  const bounds = searchBounds({
    saturationCameras: calibrated.ceilingFps.value / load.fps,
    step,
    requestsPerCameraS,
    criteria,
  })
  if (!simulated && bounds.lowest > bounds.max) {
    state.infeasible = tooFewRequests(setting, bounds.max * step * requestsPerCameraS, criteria)
    return save()
  }
  const forecast = createForecast(setting, {
    calibrated() {
      if (simulated && known.traces.length > fittedTraces) {
        calibrated = fitCalibrated(known, workers)
        fittedTraces = known.traces.length
        state.calibration = toCalibration(calibrated)
      }
      return calibrated
    },
    seed,
    maxSteps: bounds.max,
    onNumber: (cameras) => simulated && onEvent?.({ kind: 'simulating', cameras }),
  })
  const measureWindow = async (request: WindowRequest) => {
    onEvent?.({ kind: 'measuring', ...request })
    const cameras = { ...load, cameras: request.cameras }
    const window = { ...request, warmupMaxS: windowWarmupS(setting, request.cameras) }
    const measured = await points.measureWindow(setting, cameras, window)
    known.traces.push(extractTrace({ ...measured.input, phaseSeed: request.phaseSeed }, workers))
    return measuredRun(measured, setting)
  }
  const ended = await searchCapacity({
    ...forecast,
    simulated,
    step,
    bounds,
    async measure(cameras, expected) {
      const failureExpected = expected === 'fail'
      if (leftS() < leastS(setting, cameras, { criteria, failureExpected })) return undefined
      const verdict = await measureCameras(cameras, {
        measureWindow,
        criteria,
        seed,
        requestsPerCameraS,
        failureExpected,
        isTimeUp: () => leftS() <= 0,
      })
      if (verdict.decision === 'undecided' && leftS() <= 0) return undefined
      onEvent?.({ kind: 'verdict', verdict })
      return verdict
    },
    async save(search) {
      state.search = search
      await save()
    },
  })
  state.search = ended
  state.found = capacityFound(ended)
  await save()
}

/** Share of a short budget that calibration may take. */
const calibrationShare = 0.4

export function settingCriteria({ slo, point }: CapacitySetting): CapacityCriteria {
  return capacityCriteria(slo, point.measure)
}

/** Without a simulation, which sees all phases, more draws of them have to be measured. */
function withMoreDraws(criteria: CapacityCriteria): CapacityCriteria {
  const { lateShare, windowMinS } = criteria
  return {
    ...criteria,
    lateShare: { ...lateShare, drawsMin: Math.max(5, lateShare.drawsMin) },
    windowMinS: Math.min(2, windowMinS),
  }
}

/** The server is warm after calibration: only its queue has to reach its level. */
function windowWarmupS({ load, slo, point }: CapacitySetting, cameras: number): number {
  const { framesPerRequest } = point.batching
  const clients = Math.max(1, cameras / load.camerasPerClient)
  const fillS = framesPerRequest > 1 ? framesPerRequest / ((cameras / clients) * load.fps) : 0
  return Math.min(5, Math.max(1, (2 * slo.latencyMs) / 1000, 2 * fillS))
}

/** Time of a measurement besides its warm-up and window: the first request, and the last answers. */
const aroundWindowS = 1

/** The shortest time in which a number of cameras can be decided as expected. */
export function leastS(
  setting: CapacitySetting,
  cameras: number,
  { criteria, failureExpected }: { criteria: CapacityCriteria; failureExpected: boolean },
): number {
  const overheadS = windowWarmupS(setting, cameras) + aroundWindowS
  if (failureExpected) return overheadS + criteria.windowMinS
  const { load, point } = setting
  const requestsPerS = (cameras * load.fps) / point.batching.framesPerRequest
  return criteria.lateShare.drawsMin * overheadS + clearPassS(requestsPerS, criteria)
}

/** The state of a setting before its search. */
export function unknownCapacity({
  label,
  point,
  slo,
  load,
  workers,
  step,
}: CapacitySetting): SettingCapacity {
  return { setting: label, point, slo, fps: load.fps, workers, step }
}

/** Whether one camera (or edge device) sends more than the server can answer, or a frame is late without any queue. */
function checkFeasible(
  { load, slo, step, point }: CapacitySetting,
  { ceilingFps, fitted }: Calibrated,
): Infeasible | undefined {
  if (step * load.fps > ceilingFps.value)
    return { reason: 'rate-above-ceiling', ceilingFps: ceilingFps.value, fps: load.fps, step }
  if (fitted === undefined) return undefined
  const { model, overhead } = fitted
  const fastestMs =
    meanServiceMs(model.times, point.batching.framesPerRequest) + overhead.sendMs + overhead.answerMs
  if (fastestMs <= slo.latencyMs) return undefined
  return { reason: 'slo-below-service-time', fastestMs, sloMs: slo.latencyMs }
}

/** @param requestsPerS request rate of the largest number of cameras in the search */
function tooFewRequests(
  { slo: { percentile } }: CapacitySetting,
  requestsPerS: number,
  { lateShare }: CapacityCriteria,
): Infeasible {
  return {
    reason: 'window-too-short',
    requestsNeeded: requestsToPass(0, lateShare),
    requestsPerS,
    windowMaxS: measurableS,
    percentile,
  }
}
