import { measureThroughput } from '../../analysis/throughput.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { phaseSeed, saturatingFrames, type LoadSettings } from '../../scenario/plan/plan.js'
import type { Calibration } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import { fitServer, extractTrace, type FittedServer, type ServerTrace } from '../simulator/fit-server.js'
import type { PointMeasurer } from './point-measurer.js'

/** Share of the ceiling: enough load to show the noise that cameras cause, and far below overload. */
const calibrationLoadShare = 0.6

export interface Calibrated {
  /** Frames per second that the saturated server answered. */
  ceilingFps: number
  /** Undefined if the server reports no batches. */
  fitted: FittedServer | undefined
}

/**
 * Measures closed loads for the service times and the ceiling, then one camera load for the overhead of a request. The
 * samples of one measurement are in memory at a time.
 */
export async function calibrate(
  setting: CapacitySetting,
  points: PointMeasurer,
  options: { seed: number; onLoad: (load: LoadSettings) => void },
): Promise<Calibrated> {
  const { load, step, workers } = setting
  const traces: ServerTrace[] = []
  async function measure(one: LoadSettings, phases: number): Promise<number> {
    options.onLoad(one)
    const measurement = await points.calibrate(setting, one, phases)
    traces.push(extractTrace(measurement, workers))
    return answeredFps(measurement)
  }
  let ceilingFps = 0
  for (const closed of calibrationLoads(setting)) ceilingFps = await measure(closed, 0)
  const cameras = Math.floor((calibrationLoadShare * ceilingFps) / load.fps / step) * step
  // Repetition 0: phases that no measurement of the search has.
  if (cameras > 0) await measure({ ...load, cameras }, phaseSeed(options.seed, cameras, 0))
  return { ceilingFps, fitted: fitServer(traces, workers) }
}

/** The part that is kept in capacity.json. */
export function toCalibration({ ceilingFps, fitted }: Calibrated): Calibration {
  if (fitted === undefined) return { ceilingFps }
  const { model, overhead } = fitted
  return {
    ceilingFps,
    tauMs: model.tauMs,
    alphaMs: model.alphaMs,
    overheadMs: overhead.sendMs + overhead.answerMs,
    uncertainty: model.uncertainty,
  }
}

function answeredFps({ samples, record, answerTolerance }: MeasurementInput): number {
  const { windowStartUs, windowEndUs } = record
  return measureThroughput(samples, {
    load: 'closed',
    extent: 'window',
    windowStartUs,
    windowEndUs,
    answerTolerance,
  }).fps
}

/**
 * Closed loads that make a server form batches of every size in question, without a change of its settings: as many
 * requests in flight as the batch is to contain. The last load saturates the server and shows its ceiling.
 */
export function calibrationLoads({ point, workers }: CapacitySetting): LoadSettings[] {
  const { framesPerRequest, serverBatchSize, batchSize } = point.batching
  const requests: number[] = []
  for (let count = 1; count < serverBatchSize; count *= 2) requests.push(count)
  const framesInFlight = [...requests.map((count) => count * framesPerRequest), batchSize]
  return [...framesInFlight, saturatingFrames(batchSize, workers)].map((frames) => ({
    kind: 'closed',
    framesInFlight: frames,
  }))
}
