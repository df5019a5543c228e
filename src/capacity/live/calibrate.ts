import { phaseSeed } from '../../scenario/plan/order-measurements.js'
import type { LoadSettings } from '../../scenario/schema/settings.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import { throughputOf } from '../../analysis/throughput.js'
import type { FittedServer } from '../simulator/fit-server.js'
import { fitServer, traceOf } from '../simulator/fit-server.js'
import type { PhasedMeasurement } from '../simulator/simulated-setting.js'
import type { Calibration } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import type { PointMeasurer } from './point-measurer.js'

/** Of the ceiling: busy enough for noise as cameras cause it, and far from where a camera load breaks down. */
const calibrationLoadShare = 0.6

export interface Calibrated {
  /** Frames a second that the saturated server answered. */
  ceilingFps: number
  /** Undefined where the server tells of no batches. */
  fitted?: FittedServer
}

/** Closed loads for the service times and the ceiling, then one camera load for what a request costs besides. */
export async function calibrate(
  setting: CapacitySetting,
  points: PointMeasurer,
  options: { seed: number; onLoad: (load: LoadSettings) => void },
): Promise<Calibrated> {
  const { load, step, workers } = setting
  const measured: PhasedMeasurement[] = []
  const measure = async (one: LoadSettings, phases: number) => {
    options.onLoad(one)
    measured.push(await points.calibrate(setting, one, phases))
  }
  for (const closed of calibrationLoads(setting)) await measure(closed, 0)
  const ceilingFps = ceilingOf(measured.at(-1)!)
  const cameras = Math.floor((calibrationLoadShare * ceilingFps) / load.fps / step) * step
  // Repetition 0: phases that no measurement of the search has.
  if (cameras > 0) await measure({ ...load, cameras }, phaseSeed(options.seed, cameras, 0))
  const traces = measured.map((measurement) => traceOf(measurement, workers))
  const fitted = fitServer(traces, workers)
  return { ceilingFps, ...(fitted !== undefined && { fitted }) }
}

/** What of it is kept in capacity.json. */
export function calibrationOf({ ceilingFps, fitted }: Calibrated): Calibration {
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

function ceilingOf({ samples, record, answerTolerance }: MeasurementInput): number {
  const { windowStartUs, windowEndUs } = record
  return throughputOf(samples, {
    load: 'closed',
    extent: 'window',
    windowStartUs,
    windowEndUs,
    answerTolerance,
  }).fps
}

/**
 * Closed loads that make a server form batches of every size in question, without a change of its settings: as many
 * requests in flight as the batch shall hold. The last one saturates it, and shows its ceiling.
 */
export function calibrationLoads({ point, workers }: CapacitySetting): LoadSettings[] {
  const { framesPerRequest, serverBatchSize, batchSize } = point.batching
  const requests: number[] = []
  for (let count = 1; count < serverBatchSize; count *= 2) requests.push(count)
  const framesInFlight = [...requests.map((count) => count * framesPerRequest), batchSize]
  return [...framesInFlight, (workers + 1) * batchSize].map((frames) => ({
    kind: 'closed',
    framesInFlight: frames,
  }))
}
