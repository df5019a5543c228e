import { searchBounds, searchCapacity } from '../search/search-capacity.js'
import { predictPoint } from '../simulator/predict-point.js'
import { serviceTimesOf } from '../simulator/service-model.js'
import type { CapacityCriteria } from '../verdict/capacity-criteria.js'
import { capacityCriteria } from '../verdict/capacity-criteria.js'
import type { PointVerdict, WindowRequest } from '../verdict/measure-cameras.js'
import { measureCameras } from '../verdict/measure-cameras.js'
import type { Calibrated } from './calibrate.js'
import { calibrate, calibrationOf } from './calibrate.js'
import type { SettingCapacity } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { measuredRun } from '../verdict/camera-run.js'
import type { PointMeasurer } from './point-measurer.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { meanServiceMs } from '../../batching/service-time.js'
import { UserError } from '../../system/user-error.js'
import { requestsToPass } from '../verdict/early-stopping.js'
import type { LoadSettings } from '../../scenario/schema/settings.js'

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

/**
 * Says so before a search that could only fail.
 *
 * @throws UserError where one camera (or one edge device) sends more than the server can serve, or where a frame
 *   that never waits is late already
 */
function checkFeasible(setting: CapacitySetting, { ceilingFps, fitted }: Calibrated): void {
  const { load, slo, step, point, words } = setting
  if (step * load.fps > ceilingFps) {
    throw new UserError(
      `the server cannot sustain ${step === 1 ? 'one camera' : 'one edge device'} at this rate`,
      {
        where: words,
        expected: `at most ${ceilingFps.toFixed(1)} frames a second, its measured ceiling`,
        received: step === 1 ? `${load.fps} fps` : `${step} cameras at ${load.fps} fps`,
        remedy: 'lower load.fps, or give the server more workers or a larger batch',
      },
    )
  }
  if (fitted === undefined) return
  const { model, overhead } = fitted
  const fastestMs =
    meanServiceMs(model.times, point.batching.framesPerRequest) + overhead.sendMs + overhead.answerMs
  if (fastestMs <= slo.latencyMs) return
  throw new UserError('no number of cameras can meet this SLO', {
    where: words,
    expected: `more than ${fastestMs.toFixed(0)} ms, what a frame takes that never waits`,
    received: `slo.latencyMs: ${slo.latencyMs}`,
    remedy: 'allow more latency, or send smaller batches',
  })
}

/**
 * @param requestsPerS that as many cameras send as the search goes up to
 * @throws UserError where even those send too few requests, in the longest window, for a verdict
 */
function checkWindow(
  { words, slo }: CapacitySetting,
  requestsPerS: number,
  { earlyStopping, windowMaxS }: CapacityCriteria,
): void {
  const needed = requestsToPass(0, earlyStopping)
  if (needed <= requestsPerS * windowMaxS) return
  throw new UserError('the longest window is too short for a verdict', {
    where: words,
    expected: `${Math.ceil(needed / requestsPerS)} s: p${slo.percentile} takes ${needed} requests, ${requestsPerS.toFixed(1)} come a second`,
    received: `${windowMaxS} s`,
    remedy: 'allow a longer window, or ask for a lower percentile',
  })
}

/** What happens, for whoever shows it. */
export type CapacityEvent =
  | { kind: 'setting'; setting: string; number: number; of: number }
  | { kind: 'calibrating'; load: LoadSettings }
  | { kind: 'simulating'; upTo: number }
  | { kind: 'tuning'; candidate: number; of: number }
  | { kind: 'measuring'; cameras: number; repetition: number; windowS: number }
  | { kind: 'verdict'; verdict: PointVerdict }
