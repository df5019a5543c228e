import { mean, median } from 'simple-statistics'
import { seededRandom } from '../../system/seeded-random.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { frameLatencies } from '../../analysis/latencies.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import type { MeasurementSamples } from '../../run/record.js'
import { computeQuantile } from '../../analysis/percentile.js'
import { type ServiceModel, fitServiceModel, createServiceTimes } from './service-model.js'
import type { RequestOverhead, SimulationSettings } from './simulate-cameras.js'
import { simulatedMeasurement } from './simulated-samples.js'
import { simulatedServer } from './simulated-setting.js'
import { saturatingFrames } from '../../scenario/plan/plan.js'

/** The parameters of a server for the simulation. */
export interface FittedServer {
  model: ServiceModel
  overhead: RequestOverhead
  /** Number of workers when it was measured. More workers share the same cores, and each is then slower. */
  workers: number
  /** Length of the longest window behind the noise of the service times. */
  longestWindowS: number
}

/**
 * Time of frontend, network and client for one request, if no camera run shows it: TorchServe 0.12 with a handler that
 * does nothing answers in 2.6 to 3.9 ms (median, two cores).
 */
const frontendMs = 3

/** A measurement and the seed of its camera phases, from its plan. A closed load ignores the seed. */
export type PhasedMeasurement = MeasurementInput & { phaseSeed: number }

/** The part of one measurement that a fit uses: its batches, and the time that they do not explain. */
export interface ServerTrace {
  startedAt: string
  windowS: number
  batches: BatchFormed[]
  /** Saturated closed load only: time that a worker lost with each batch besides the handler. */
  lossMs: number | undefined
  /** Camera load only: the same run as a simulation, and the median of its measured frame latencies. */
  camera: { simulation: SimulationSettings; medianMs: number } | undefined
}

/** Extracts the part of a measurement that describes its server. The samples are not kept. */
export function extractTrace(measurement: PhasedMeasurement, workers: number): ServerTrace {
  const { record, batches = [], samples } = measurement
  const simulation = asSimulation(measurement, { overhead: { sendMs: 0, answerMs: 0 }, workers })
  return {
    startedAt: record.startedAt,
    windowS: (record.windowEndUs - record.windowStartUs) / 1e6,
    batches,
    lossMs: lossBetweenBatchesMs(measurement, workers),
    camera: simulation && { simulation, medianMs: medianLatencyMs(samples) },
  }
}

/**
 * A measured camera run as a simulation, with the same phases, warm-up and window.
 *
 * @returns undefined for a closed load
 */
export function asSimulation(
  { point, record, phaseSeed }: PhasedMeasurement,
  { overhead, workers }: Pick<FittedServer, 'overhead' | 'workers'>,
): SimulationSettings | undefined {
  const { load, batching, measure } = point
  if (load.kind !== 'cameras') return undefined
  return {
    load,
    framesPerRequest: batching.framesPerRequest,
    server: simulatedServer(point, workers),
    overhead,
    deadlineMs: measure.deadlineMs,
    phaseSeed,
    warmupMs: record.windowStartUs / 1000,
    windowMs: (record.windowEndUs - record.windowStartUs) / 1000,
  }
}

/**
 * Fits the parameters of a server to its measurements, all with the same number of workers: service times from the
 * batches in its log, what a worker loses between two batches from saturated closed loads, and the rest of a request
 * from how much longer frames took under camera load than in a simulation of that load.
 *
 * @returns undefined if too few batches were logged
 */
export function fitServer(traces: readonly ServerTrace[], workers: number): FittedServer | undefined {
  const inTime = traces.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
  const noisy = tracesUnderLoad(inTime)
  const losses = inTime.flatMap(({ lossMs }) => lossMs ?? [])
  const model = fitServiceModel(
    inTime.flatMap(({ batches }) => batches),
    losses.length === 0 ? 0 : Math.max(0, median(losses)),
    noisy.flatMap(({ batches }) => batches),
  )
  if (model === undefined) return undefined
  const rests = inTime.flatMap((trace, i) => restMs(trace, model, i) ?? [])
  const restOfRequestMs = rests.length === 0 ? frontendMs : Math.max(0, median(rests))
  return {
    model,
    overhead: { sendMs: restOfRequestMs / 2, answerMs: restOfRequestMs / 2 },
    workers,
    longestWindowS: Math.max(...noisy.map(({ windowS }) => windowS)),
  }
}

/**
 * The measurements whose noise is used: camera runs and saturated loads; all measurements if there are none of these.
 * With one or two requests in flight, a small batch is slowed by a larger share than a full batch under load (by 80 %
 * against 10 % in one of ten batches of ResNet-18 on two cores). Drawn for full batches, that noise made p99 9 to 17 %
 * too long.
 */
function tracesUnderLoad(traces: readonly ServerTrace[]): readonly ServerTrace[] {
  const underLoad = traces.filter(
    ({ camera, lossMs, batches }) =>
      (camera !== undefined || lossMs !== undefined) &&
      batches.some(({ handlerMs }) => handlerMs !== undefined),
  )
  return underLoad.length > 0 ? underLoad : traces
}

/** In saturation no worker waits: the time that is not spent in the handler is lost, batch by batch. */
function lossBetweenBatchesMs(
  { point, record, samples, batches = [] }: PhasedMeasurement,
  workers: number,
): number | undefined {
  const { load, batching } = point
  const handlersMs = batches.flatMap(({ handlerMs }) => handlerMs ?? [])
  if (load.kind !== 'closed' || load.framesInFlight < saturatingFrames(batching.batchSize, workers))
    return undefined
  if (handlersMs.length < 20) return undefined
  const { requests } = samples
  let answered = 0
  for (let row = 0; row < requests.count; row++) {
    const us = requests.answeredUs[row]!
    if (us > record.windowStartUs && us <= record.windowEndUs) answered++
  }
  const batchesInWindow = answered / mean(batches.map(({ requestsFormed }) => requestsFormed))
  const windowMs = (record.windowEndUs - record.windowStartUs) / 1000
  return (workers * windowMs) / batchesInWindow - mean(handlersMs)
}

/** Median frame latency of a camera run, minus that of its simulation without any request overhead. */
function restMs({ camera }: ServerTrace, model: ServiceModel, seed: number): number | undefined {
  if (camera === undefined) return undefined
  const { samples } = simulatedMeasurement(camera.simulation, createServiceTimes(model)(seededRandom(seed)))
  const rest = camera.medianMs - medianLatencyMs(samples)
  return Number.isFinite(rest) ? rest : undefined
}

function medianLatencyMs(samples: MeasurementSamples): number {
  return computeQuantile(frameLatencies(samples), 0.5) / 1000
}
