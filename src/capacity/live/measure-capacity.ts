import type { PlannedMeasurement, Point } from '../../plan/plan.js'
import { phaseSeed } from '../../plan/phase-seed.js'
import type { LoadSettings } from '../../scenario/settings.js'
import type { MeasurementInput } from '../../statistics/measurement-input.js'
import { requestRows } from '../../statistics/request-rows.js'
import { throughputOf } from '../../statistics/throughput.js'
import { searchBounds } from '../search/search-bounds.js'
import { searchCapacity } from '../search/search-capacity.js'
import { type FittedServer, fitServer, traceOf } from '../simulator/fit-server.js'
import { predictPoint } from '../simulator/predict-point.js'
import { serviceTimesOf } from '../simulator/service-model.js'
import type { SimulatedSetting } from '../simulator/simulated-window.js'
import { type PhasedMeasurement, simulatedServer } from '../simulator/simulation-of.js'
import { type CapacityCriteria, capacityCriteria } from '../verdict/capacity-criteria.js'
import { measureCameras, type PointVerdict, type WindowRequest } from '../verdict/measure-cameras.js'
import { calibrationLoads } from './calibration-points.js'
import { type Calibration, type CapacityRun, capacityVersion, type SettingCapacity } from './capacity-run.js'
import type { CapacitySetting } from './capacity-settings.js'
import { checkFeasible } from './check-feasible.js'
import { measuredRun } from './measured-run.js'

/** What happens, for whoever shows it. */
export type CapacityEvent =
  | { kind: 'setting'; setting: string; number: number; of: number }
  | { kind: 'calibrating'; load: LoadSettings }
  | { kind: 'simulating'; upTo: number }
  | { kind: 'measuring'; cameras: number; repetition: number; windowS: number }
  | { kind: 'verdict'; verdict: PointVerdict }

export interface MeasureCapacityOptions {
  settings: CapacitySetting[]
  seed: number
  /** Longest that one repetition of one number of cameras may be measured. */
  windowMaxS: number
  /**
   * Measures a point once and gives its samples. `planned.repetition` counts the measurements of the point. Asked
   * again for one that is complete, it gives the same without measuring: so an interrupted run goes on.
   */
  measure: (point: Point, planned: PlannedMeasurement) => Promise<MeasurementInput>
  /** Called whenever something was found out, with all that is known. */
  save: (run: CapacityRun) => Promise<void>
  /** The state of an interrupted run. */
  resume?: CapacityRun
  onEvent?: (event: CapacityEvent) => void
}

/** Calibration takes this long for each batch size, s. */
const calibrationWindowS = 5

/** Of the ceiling: busy enough for noise as cameras cause it, and far from where a camera load breaks down. */
const calibrationLoadShare = 0.6

/**
 * Finds for each setting which numbers of cameras pass: calibrate the service times, simulate every number, measure
 * what the search asks for. Points get ids as they come up, in the order of asking, which is the same each time.
 *
 * @throws UserError where a setting cannot carry a camera by what calibration showed
 */
export async function measureCapacity(options: MeasureCapacityOptions): Promise<CapacityRun> {
  const { settings, seed, onEvent } = options
  const run: CapacityRun = options.resume ?? {
    capacityVersion,
    seed,
    settings: settings.map(({ words, point, slo, load, workers, step }) => ({
      setting: words,
      point,
      slo,
      fps: load.fps,
      workers,
      step,
    })),
    pointIds: {},
  }
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  for (const [i, setting] of settings.entries()) {
    onEvent?.({ kind: 'setting', setting: setting.words, number: i + 1, of: settings.length })
    await searchSetting(setting, run.settings[i]!, points, options, save)
  }
  return run
}

async function searchSetting(
  setting: CapacitySetting,
  state: SettingCapacity,
  points: PointMeasurer,
  { seed, windowMaxS, onEvent }: MeasureCapacityOptions,
  save: () => Promise<void>,
): Promise<void> {
  const { point, load, slo, step } = setting
  const { ceilingFps, fitted } = await calibrate(setting, points, seed)
  state.calibration = calibrationOf(ceilingFps, fitted)
  await save()
  checkFeasible(setting, ceilingFps, fitted)

  const criteria = capacityCriteria(
    slo,
    { minS: Math.min(point.measure.durationS, windowMaxS), maxS: windowMaxS },
    point.measure.repetitions,
  )
  const requestsPerCameraS = load.fps / point.batching.framesPerRequest
  const bounds = searchBounds({
    saturationCameras: ceilingFps / load.fps,
    step,
    requestsPerCameraS,
    criteria,
    simulated: fitted !== undefined,
  })
  if (fitted !== undefined) onEvent?.({ kind: 'simulating', upTo: bounds.max * step })
  const measureWindow = async (request: WindowRequest) => {
    onEvent?.({ kind: 'measuring', ...request })
    return measuredRun(await points.measureWindow(setting, request), setting)
  }
  state.found = await searchCapacity({
    async measure(cameras, expected) {
      const failureExpected = expected === 'fail'
      const how = { measureWindow, criteria, seed, requestsPerCameraS, failureExpected }
      const verdict = await measureCameras(cameras, how)
      onEvent?.({ kind: 'verdict', verdict })
      return verdict
    },
    ...(fitted !== undefined && { simulate: predictionOf(setting, fitted, criteria, seed) }),
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

/** Closed loads for the service times and the ceiling, then one camera load for what a request costs besides. */
async function calibrate(
  setting: CapacitySetting,
  points: PointMeasurer,
  seed: number,
): Promise<{ ceilingFps: number; fitted?: FittedServer }> {
  const { load, step, workers } = setting
  const measured: PhasedMeasurement[] = []
  for (const closed of calibrationLoads(setting)) measured.push(await points.calibrate(setting, closed, 0))
  const ceilingFps = fpsOf(measured.at(-1)!)
  const cameras = Math.floor((calibrationLoadShare * ceilingFps) / load.fps / step) * step
  // Repetition 0: phases that no measurement of the search has.
  if (cameras > 0)
    measured.push(await points.calibrate(setting, { ...load, cameras }, phaseSeed(seed, cameras, 0)))
  const fitted = fitServer(
    measured.map((measurement) => traceOf(measurement, workers)),
    workers,
  )
  return { ceilingFps, ...(fitted !== undefined && { fitted }) }
}

function fpsOf({ samples, record, answerTolerance }: MeasurementInput): number {
  const { windowStartUs, windowEndUs } = record
  return throughputOf(samples, requestRows(samples.requests), {
    load: 'closed',
    extent: 'window',
    windowStartUs,
    windowEndUs,
    answerTolerance,
  }).fps
}

function calibrationOf(ceilingFps: number, fitted: FittedServer | undefined): Calibration {
  if (fitted === undefined) return { ceilingFps }
  const { model, overhead } = fitted
  return {
    ceilingFps,
    ...(model.tauMs !== undefined && { tauMs: model.tauMs }),
    ...(model.alphaMs !== undefined && { alphaMs: model.alphaMs }),
    overheadMs: overhead.sendMs + overhead.answerMs,
    uncertainty: model.uncertainty,
  }
}

function predictionOf(
  setting: CapacitySetting,
  fitted: FittedServer,
  criteria: CapacityCriteria,
  seed: number,
): ReturnType<typeof predictPoint> {
  const { model } = fitted
  return predictPoint(simulatedSetting(setting, fitted), {
    serviceTimes: (scale) => serviceTimesOf(model, scale),
    uncertainty: model.uncertainty,
    criteria,
    seed,
  })
}

/** A warm-up on the virtual clock: enough for queues to reach their level, and never as long as a real one. */
const simulatedWarmupMs = 2000

export function simulatedSetting(
  { point, load, slo }: Pick<CapacitySetting, 'point' | 'load' | 'slo'>,
  { overhead, workers }: Omit<FittedServer, 'model'>,
): SimulatedSetting {
  return {
    load,
    framesPerRequest: point.batching.framesPerRequest,
    server: simulatedServer(point, workers),
    overhead,
    deadlineMs: point.measure.deadlineMs,
    warmupMs: simulatedWarmupMs,
    sloMs: slo.latencyMs,
  }
}

interface PointMeasurer {
  calibrate: (setting: CapacitySetting, load: LoadSettings, seed: number) => Promise<PhasedMeasurement>
  measureWindow: (setting: CapacitySetting, request: WindowRequest) => Promise<MeasurementInput>
}

/** Gives points their ids and their measurements their numbers, each in the order in which they are asked for. */
function createPointMeasurer(
  ids: Record<string, number>,
  measure: MeasureCapacityOptions['measure'],
  save: () => Promise<void>,
): PointMeasurer {
  const measurements = new Map<number, number>()

  async function measureOnce(
    purpose: 'calibration' | 'search',
    setting: CapacitySetting,
    load: LoadSettings,
    { windowS, phases }: { windowS: number; phases: number },
  ) {
    const key = JSON.stringify([purpose, setting.point.id, load])
    if (ids[key] === undefined) {
      ids[key] = Object.keys(ids).length + 1
      await save()
    }
    const id = ids[key]
    const repetition = (measurements.get(id) ?? 0) + 1
    measurements.set(id, repetition)
    const point = { ...setting.point, id, load, measure: { ...setting.point.measure, durationS: windowS } }
    return measure(point, { point: id, repetition, phaseSeed: phases })
  }

  return {
    async calibrate(setting, load, phases) {
      const window = { windowS: calibrationWindowS, phases }
      return { ...(await measureOnce('calibration', setting, load, window)), phaseSeed: phases }
    },
    measureWindow: (setting, { cameras, windowS, phaseSeed: phases }) =>
      measureOnce('search', setting, { ...setting.load, cameras }, { windowS, phases }),
  }
}
