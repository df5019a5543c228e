import { meanServiceMs } from '../../batching/service-time.js'
import type { LoadSettings } from '../../scenario/plan/plan.js'
import type { Infeasible, SettingCapacity } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { searchBounds, searchCapacity } from '../search/search-capacity.js'
import { predictPoint } from '../simulator/predict-point.js'
import { createServiceTimes } from '../simulator/service-model.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { measuredRun } from '../verdict/camera-run.js'
import { capacityCriteria, type CapacityCriteria } from '../verdict/judge-run.js'
import { requestsToPass } from '../verdict/early-stopping.js'
import { measureCameras, type PointVerdict, type WindowRequest } from '../verdict/measure-cameras.js'
import { calibrate, toCalibration, type Calibrated } from './calibrate.js'
import type { PointMeasurer } from './point-measurer.js'

/** What happens during a search, for progress displays. */
export type CapacityEvent =
  | { kind: 'setting'; setting: string; number: number; of: number }
  | { kind: 'calibrating'; load: LoadSettings }
  | { kind: 'simulating'; upTo: number }
  | { kind: 'tuning'; candidate: number; of: number }
  | { kind: 'measuring'; cameras: number; repetition: number; windowS: number }
  | { kind: 'verdict'; verdict: PointVerdict }

/**
 * Finds which numbers of cameras pass with one setting: calibrates the service times, simulates every number, and
 * measures what the search asks for. Results are written into `state` and saved step by step.
 */
export async function searchSetting(
  setting: CapacitySetting,
  state: SettingCapacity,
  options: {
    points: PointMeasurer
    seed: number
    windowMaxS: number
    save: () => Promise<void>
    onEvent?: ((event: CapacityEvent) => void) | undefined
  },
): Promise<void> {
  const { points, seed, save, onEvent } = options
  const { load, step, point } = setting
  const calibrated = await calibrate(setting, points, {
    seed,
    onLoad: (one) => onEvent?.({ kind: 'calibrating', load: one }),
  })
  state.calibration = toCalibration(calibrated)
  await save()
  const { ceilingFps, fitted } = calibrated
  const criteria = settingCriteria(setting, options.windowMaxS)
  const requestsPerCameraS = load.fps / point.batching.framesPerRequest
  const bounds = searchBounds({
    saturationCameras: ceilingFps / load.fps,
    step,
    requestsPerCameraS,
    criteria,
    simulated: fitted !== undefined,
  })
  state.infeasible =
    checkFeasible(setting, calibrated) ??
    checkWindow(setting, bounds.max * step * requestsPerCameraS, criteria)
  if (state.infeasible !== undefined) return save()
  if (fitted !== undefined) onEvent?.({ kind: 'simulating', upTo: bounds.max * step })
  const measureWindow = async (request: WindowRequest) => {
    onEvent?.({ kind: 'measuring', ...request })
    const cameras = { ...load, cameras: request.cameras }
    return measuredRun(await points.measureWindow(setting, cameras, request), setting)
  }
  state.found = await searchCapacity({
    async measure(cameras, expected) {
      const verdict = await measureCameras(cameras, {
        measureWindow,
        criteria,
        seed,
        requestsPerCameraS,
        failureExpected: expected === 'fail',
      })
      onEvent?.({ kind: 'verdict', verdict })
      return verdict
    },
    simulate:
      fitted &&
      predictPoint(simulatedSetting(setting, fitted), {
        serviceTimes: (scale) => createServiceTimes(fitted.model, scale),
        uncertainty: fitted.model.uncertainty,
        criteria,
        seed,
      }),
    step,
    bounds,
    state: state.search,
    async save(search) {
      state.search = search
      await save()
    },
  })
  await save()
}

export function settingCriteria({ slo, point }: CapacitySetting, windowMaxS: number): CapacityCriteria {
  const { durationS, repetitions } = point.measure
  return capacityCriteria(slo, { minS: Math.min(durationS, windowMaxS), maxS: windowMaxS }, repetitions)
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
  if (step * load.fps > ceilingFps) return { reason: 'rate-above-ceiling', ceilingFps, fps: load.fps, step }
  if (fitted === undefined) return undefined
  const { model, overhead } = fitted
  const fastestMs =
    meanServiceMs(model.times, point.batching.framesPerRequest) + overhead.sendMs + overhead.answerMs
  if (fastestMs <= slo.latencyMs) return undefined
  return { reason: 'slo-below-service-time', fastestMs, sloMs: slo.latencyMs }
}

/** @param requestsPerS request rate of the largest number of cameras in the search */
function checkWindow(
  { slo: { percentile } }: CapacitySetting,
  requestsPerS: number,
  { earlyStopping, windowMaxS }: CapacityCriteria,
): Infeasible | undefined {
  const requestsNeeded = requestsToPass(0, earlyStopping)
  if (requestsNeeded <= requestsPerS * windowMaxS) return undefined
  return { reason: 'window-too-short', requestsNeeded, requestsPerS, windowMaxS, percentile }
}
