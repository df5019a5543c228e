import { searchBounds } from '../search/search-bounds.js'
import { searchCapacity } from '../search/search-capacity.js'
import { predictPoint } from '../simulator/predict-point.js'
import { serviceTimesOf } from '../simulator/service-model.js'
import { type CapacityCriteria, capacityCriteria } from '../verdict/capacity-criteria.js'
import { measureCameras, type WindowRequest } from '../verdict/measure-cameras.js'
import { calibrate, calibrationOf } from './calibrate.js'
import type { CapacityEvent } from './capacity-event.js'
import type { SettingCapacity } from './capacity-run.js'
import type { CapacitySetting } from './capacity-settings.js'
import { checkFeasible, checkWindow } from './check-feasible.js'
import { measuredRun } from './measured-run.js'
import type { PointMeasurer } from './point-measurer.js'
import { simulatedSetting } from './simulated-setting.js'

/**
 * Finds which numbers of cameras pass with one setting: calibrate the service times, simulate every number, measure
 * what the search asks for. What is found goes into `state`, step by step.
 *
 * @throws UserError where the setting cannot carry a camera by what calibration showed
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
  state.calibration = calibrationOf(calibrated)
  await save()
  checkFeasible(setting, calibrated)
  const { ceilingFps, fitted } = calibrated
  const criteria = criteriaOf(setting, options.windowMaxS)
  const requestsPerCameraS = load.fps / point.batching.framesPerRequest
  const bounds = searchBounds({
    saturationCameras: ceilingFps / load.fps,
    step,
    requestsPerCameraS,
    criteria,
    simulated: fitted !== undefined,
  })
  checkWindow(setting, bounds.max * step * requestsPerCameraS, criteria)
  if (fitted !== undefined) onEvent?.({ kind: 'simulating', upTo: bounds.max * step })
  const measureWindow = async (request: WindowRequest) => {
    onEvent?.({ kind: 'measuring', ...request })
    const { cameras } = request
    return measuredRun(await points.measureWindow(setting, { ...load, cameras }, request), setting)
  }
  state.found = await searchCapacity({
    async measure(cameras, expected) {
      const failureExpected = expected === 'fail'
      const how = { measureWindow, criteria, seed, requestsPerCameraS, failureExpected }
      const verdict = await measureCameras(cameras, how)
      onEvent?.({ kind: 'verdict', verdict })
      return verdict
    },
    ...(fitted !== undefined && {
      simulate: predictPoint(simulatedSetting(setting, fitted), {
        serviceTimes: (scale) => serviceTimesOf(fitted.model, scale),
        uncertainty: fitted.model.uncertainty,
        criteria,
        seed,
      }),
    }),
    step,
    bounds,
    ...(state.search !== undefined && { state: state.search }),
    async save(search) {
      state.search = search
      await save()
    },
  })
  await save()
}

export function criteriaOf({ slo, point }: CapacitySetting, windowMaxS: number): CapacityCriteria {
  const { durationS, repetitions } = point.measure
  return capacityCriteria(slo, { minS: Math.min(durationS, windowMaxS), maxS: windowMaxS }, repetitions)
}

/** Before anything of it is known. */
export function unknownCapacity({
  words,
  point,
  slo,
  load,
  workers,
  step,
}: CapacitySetting): SettingCapacity {
  return { setting: words, point, slo, fps: load.fps, workers, step }
}
