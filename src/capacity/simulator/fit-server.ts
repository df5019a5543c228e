import { mean, median } from 'simple-statistics'
import { countAnswers } from '../../analysis/throughput.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { openBatchFinder } from '../../run/find-batches.js'
import { partsOf, type Samples } from '../../run/sample-parts.js'
import { type ServiceModel, fitServiceModel } from './service-model.js'
import type { RequestOverhead } from './simulate-cameras.js'
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
  /** A camera load, or a saturated closed load. */
  underLoad: boolean
  /** Saturated closed load only: time that a worker lost with each batch besides the handler. */
  lossMs: number | undefined
  /** Latency besides queueing, the batch delay and the handler, of each batch that found the server idle. */
  restsMs: number[]
}

/** Extracts the part of a measurement that describes its server. The samples are not kept. */
export function extractTrace(measurement: PhasedMeasurement, workers: number): ServerTrace {
  const { record, point } = measurement
  const batches = [...(measurement.batches ?? [])]
  const lossMs = lossBetweenBatchesMs(measurement, batches, workers)
  return {
    startedAt: record.startedAt,
    windowS: (record.windowEndUs - record.windowStartUs) / 1e6,
    batches,
    underLoad: point.load.kind === 'cameras' || lossMs !== undefined,
    lossMs,
    restsMs: restsOfIdleServerMs(measurement, batches),
  }
}

/**
 * Fits the parameters of a server to its measurements, all with the same number of workers: service times from the
 * batches in its log, what a worker loses between two batches from saturated closed loads, and the rest of a request
 * from those that found the server idle.
 *
 * @returns undefined if too few batches were logged
 */
export function fitServer(traces: readonly ServerTrace[], workers: number): FittedServer | undefined {
  const inTime = traces.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
  const noisy = tracesUnderLoad(inTime)
  const losses = inTime.flatMap(({ lossMs }) => lossMs ?? [])
  const lossMs = losses.length === 0 ? 0 : Math.max(0, median(losses))
  const model = fitServiceModel(
    inTime.flatMap(({ batches }) => batches),
    lossMs,
    noisy.map(({ batches }) => batches),
  )
  if (model === undefined) return undefined
  const rests = inTime.flatMap(({ restsMs }) => restsMs)
  // What a worker loses is part of the batch.
  const restOfRequestMs = rests.length < fewestRests ? frontendMs : Math.max(0, median(rests) - lossMs)
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
    ({ underLoad, batches }) => underLoad && batches.some(({ handlerMs }) => handlerMs !== undefined),
  )
  return underLoad.length > 0 ? underLoad : traces
}

/** In saturation no worker waits: the time that is not spent in the handler is lost, batch by batch. */
function lossBetweenBatchesMs(
  { point, record, samples }: PhasedMeasurement,
  batches: readonly BatchFormed[],
  workers: number,
): number | undefined {
  const { load, batching } = point
  const handlersMs = batches.flatMap(({ handlerMs }) => handlerMs ?? [])
  if (load.kind !== 'closed' || load.framesInFlight < saturatingFrames(batching.batchSize, workers))
    return undefined
  if (handlersMs.length < 20) return undefined
  const { inWindow } = countAnswers(samples, record)
  const batchesInWindow = inWindow / mean(batches.map(({ requestsFormed }) => requestsFormed))
  const windowMs = (record.windowEndUs - record.windowStartUs) / 1000
  return (workers * windowMs) / batchesInWindow - mean(handlersMs)
}

/** Fewer say nothing about a median. */
const fewestRests = 10

/**
 * A batch that found the server idle waited for the batch delay and nothing else, so the rest of its latency is the
 * network, the frontend and the client. Under load, queues that the simulation misses would count as rest: fitted to the
 * median latency of a camera run, the rest was 21 ms in place of 4, and p99 too long by the difference.
 */
function restsOfIdleServerMs(
  { point, samples }: PhasedMeasurement,
  batches: readonly BatchFormed[],
): number[] {
  if (batches.length === 0) return []
  const times = timesOfBatches(samples, batches)
  const { serverBatchSize, maxBatchDelayMs = 0 } = point.batching
  const waitMs = serverBatchSize > 1 ? Math.max(0, maxBatchDelayMs) : 0
  const rests: number[] = []
  let idleFromUs = Infinity
  for (const { batch, requestsFormed, handlerMs } of batches) {
    if (times.requests[batch]! < requestsFormed || handlerMs === undefined) {
      idleFromUs = Infinity
      continue
    }
    const sentUs = times.sentUs[batch]!
    const answeredUs = times.answeredUs[batch]!
    const waitedInFull = serverBatchSize === 1 || requestsFormed < serverBatchSize
    if (sentUs >= idleFromUs && waitedInFull && Number.isFinite(answeredUs))
      rests.push((answeredUs - sentUs) / 1000 - waitMs - handlerMs)
    idleFromUs = Math.max(idleFromUs === Infinity ? 0 : idleFromUs, answeredUs)
  }
  return rests
}

/**
 * By number of the batch: its requests in the samples, and the first time at which one of them was sent and answered; NaN if
 * one is unknown.
 */
interface BatchTimes {
  requests: Uint32Array
  sentUs: Float64Array
  answeredUs: Float64Array
}

function timesOfBatches(samples: Samples, batches: readonly BatchFormed[]): BatchTimes {
  const length = batches.reduce((most, { batch }) => Math.max(most, batch + 1), 0)
  const times = {
    requests: new Uint32Array(length),
    sentUs: new Float64Array(length).fill(Infinity),
    answeredUs: new Float64Array(length).fill(Infinity),
  }
  const finder = openBatchFinder(batches)
  for (const { requests } of partsOf(samples, 'answeredUs', [])) {
    const batchOf = finder.ofPart(requests)
    for (let row = 0; row < requests.count; row++) {
      const batch = batchOf(row)?.batch.batch
      if (batch === undefined) continue
      times.requests[batch]! += 1
      times.sentUs[batch] = Math.min(times.sentUs[batch]!, requests.sentUs[row]!)
      times.answeredUs[batch] = Math.min(times.answeredUs[batch]!, requests.answeredUs[row]!)
    }
  }
  finder.close()
  return times
}
