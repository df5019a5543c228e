import { mean, median } from 'simple-statistics'
import { mixSeeds } from '../../random/mix-seeds.js'
import { seededRandom } from '../../random/seeded-random.js'
import { frameLatencies } from '../../statistics/latencies.js'
import type { MeasurementSamples } from '../../samples/sample-columns.js'
import type { MeasurementInput } from '../../statistics/measurement-input.js'
import { quantileOf } from '../../statistics/percentile.js'
import { requestRows } from '../../statistics/request-rows.js'
import { type ServiceModel, serviceModelOf, serviceTimesOf } from './service-model.js'
import type { RequestOverhead } from './simulate-cameras.js'
import { simulatedMeasurement } from './simulated-samples.js'
import { type PhasedMeasurement, simulationOf } from './simulation-of.js'

/** A server as far as a simulation needs to know it. */
export interface FittedServer {
  model: ServiceModel
  overhead: RequestOverhead
  /** Of which it was measured: more of them share the cores, and each is then slower. */
  workers: number
}

/**
 * A request's share of frontend, network and client where no camera run shows it: TorchServe 0.12 with a handler
 * that does nothing answers in 2.6 to 3.9 ms (median, two cores).
 */
const frontendMs = 3

/**
 * Learns a server from measurements of it, all with as many workers: service times from the batches that it logged,
 * what a worker loses between two batches from saturated closed loads, and the rest of a request from how much
 * longer frames took under camera load than in its simulation. Undefined where too few batches were logged.
 */
export function fitServer(
  measurements: readonly PhasedMeasurement[],
  workers: number,
): FittedServer | undefined {
  const inTime = measurements.toSorted((a, b) => a.record.startedAt.localeCompare(b.record.startedAt))
  const losses = inTime.flatMap((measurement) => lossBetweenBatchesMs(measurement, workers) ?? [])
  const model = serviceModelOf(
    inTime.flatMap(({ batches = [] }) => batches),
    losses.length === 0 ? 0 : Math.max(0, median(losses)),
  )
  if (model === undefined) return undefined
  const bare: FittedServer = { model, overhead: { sendMs: 0, answerMs: 0 }, workers }
  const rests = inTime.flatMap((measurement) => restMs(measurement, bare) ?? [])
  const restOfRequestMs = rests.length === 0 ? frontendMs : Math.max(0, median(rests))
  return { ...bare, overhead: { sendMs: restOfRequestMs / 2, answerMs: restOfRequestMs / 2 } }
}

/** In saturation no worker waits: what is not spent in the handler is lost, batch by batch. */
function lossBetweenBatchesMs(
  { point, record, samples, batches = [] }: MeasurementInput,
  workers: number,
): number | undefined {
  const { load, batching } = point
  const handlersMs = batches.flatMap(({ handlerMs }) => handlerMs ?? [])
  if (load.kind !== 'closed' || load.framesInFlight < (workers + 1) * batching.batchSize) return undefined
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

/** Median frame latency of a camera run, less that of its simulation with requests that cost nothing besides. */
function restMs(measurement: PhasedMeasurement, bare: FittedServer): number | undefined {
  const simulation = simulationOf(measurement, bare)
  if (simulation === undefined) return undefined
  const random = seededRandom(mixSeeds(measurement.record.point, measurement.record.repetition))
  const simulated = simulatedMeasurement(simulation, serviceTimesOf(bare.model)(random))
  const rest = (medianUs(measurement.samples) - medianUs(simulated.samples)) / 1000
  return Number.isFinite(rest) ? rest : undefined
}

function medianUs(samples: MeasurementSamples): number {
  return quantileOf(frameLatencies(samples, requestRows(samples.requests)), 0.5)
}
