import { measureThroughput } from '../../analysis/throughput.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { phaseSeed, saturatingFrames, type ClosedLoad, type LoadSettings } from '../../scenario/plan/plan.js'
import type { Calibration } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import {
  fitServer,
  extractTrace,
  type FittedServer,
  type PhasedMeasurement,
  type ServerTrace,
} from '../simulator/fit-server.js'
import { measuredCeiling } from '../sustained/utilisation.js'
import type { ValueRange } from '../sustained/value-range.js'
import { findCeiling } from './find-ceiling.js'
import type { PointMeasurer } from './point-measurer.js'

/** Share of the ceiling: enough load to show the noise that cameras cause, and far below overload. */
const calibrationLoadShare = 0.6

/** Lengths of calibration windows, s. The noise of a server under load takes longer to show than a median. */
const windowS = { partial: 3, underLoad: 10 }

/** The first load of a setting also warms the server up. */
const warmupS = { first: 3, next: 1 }

export interface Calibrated {
  /** Frames per second that the saturated server answered. */
  ceilingFps: ValueRange
  /** Undefined if the server reports no batches. */
  fitted: FittedServer | undefined
}

export interface CalibrationTraces {
  ceilingFps: ValueRange
  traces: ServerTrace[]
}

/**
 * Measures closed loads for the service times and the ceiling, then one camera load for the overhead of a request. The
 * samples of one measurement are in memory at a time.
 *
 * @param options.shareOfTime below 1 shortens all windows
 */
export async function calibrate(
  setting: CapacitySetting,
  points: PointMeasurer,
  options: { seed: number; onLoad: (load: LoadSettings) => void; shareOfTime?: number | undefined },
): Promise<CalibrationTraces> {
  const { load, step, workers, point } = setting
  const { seed, onLoad } = options
  const shareOfTime = Math.min(options.shareOfTime ?? 1, point.measure.durationS / windowS.partial)
  const traces: ServerTrace[] = []
  let isWarm = false
  async function measure(
    one: LoadSettings,
    seconds: number,
    phases = 0,
  ): Promise<{ trace: ServerTrace; measurement: PhasedMeasurement }> {
    onLoad(one)
    const measurement = await points.calibrate(setting, one, {
      windowS: shareOfTime < 1 ? shareOfTime * seconds : seconds,
      warmupMaxS: isWarm ? warmupS.next : warmupS.first,
      phaseSeed: phases,
    })
    isWarm = true
    return { trace: extractTrace(measurement, workers), measurement }
  }
  const closedLoads = calibrationLoads(setting)
  for (const closed of closedLoads.slice(0, -1)) traces.push((await measure(closed, windowS.partial)).trace)
  const { fps: ceilingFps, trace } = await findCeiling(closedLoads.at(-1)!, {
    framesPerRequest: point.batching.framesPerRequest,
    async measure(closed, length) {
      const { measurement, trace } = await measure(
        closed,
        length === 'probe' ? windowS.partial : windowS.underLoad,
      )
      return { fps: measuredCeiling(answeredFps(measurement), measurement), trace }
    },
  })
  traces.push(trace)
  const cameras = Math.floor((calibrationLoadShare * ceilingFps.value) / load.fps / step) * step
  // Repetition 0: phases that no measurement of the search has.
  if (cameras > 0) {
    const { trace } = await measure({ ...load, cameras }, windowS.underLoad, phaseSeed(seed, cameras, 0))
    traces.push(trace)
  }
  return { ceilingFps, traces }
}

/** Expected seconds of the calibration of a setting, without the start of its server. */
export function expectedCalibrationS(setting: CapacitySetting): number {
  const partial = calibrationLoads(setting).length
  const loads = partial + 2
  return partial * windowS.partial + 2 * windowS.underLoad + warmupS.first + loads * (warmupS.next + 0.5)
}

/** What is known about a server from all loads so far. */
export function fitCalibrated({ ceilingFps, traces }: CalibrationTraces, workers: number): Calibrated {
  return { ceilingFps, fitted: fitServer(traces, workers) }
}

/** The part that is kept in capacity.json. */
export function toCalibration({ ceilingFps, fitted }: Calibrated): Calibration {
  const ceiling = { ceilingFps: ceilingFps.value, ceilingRange: ceilingFps }
  if (fitted === undefined) return ceiling
  const { model, overhead } = fitted
  return {
    ...ceiling,
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
 * requests in flight as the batch is to contain. The last load saturates the server if its batches take long (see
 * `findCeiling`).
 */
export function calibrationLoads({ point, workers }: CapacitySetting): ClosedLoad[] {
  const { framesPerRequest, serverBatchSize, batchSize } = point.batching
  const requests: number[] = []
  for (let count = 1; count < serverBatchSize; count *= 2) requests.push(count)
  const framesInFlight = [...requests.map((count) => count * framesPerRequest), batchSize]
  return [...framesInFlight, saturatingFrames(batchSize, workers)].map((frames) => ({
    kind: 'closed',
    framesInFlight: frames,
  }))
}
