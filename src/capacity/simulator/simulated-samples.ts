import { phaseAt } from '../../load/control/load-control.js'
import { collectSamples } from '../../run/record-block.js'
import {
  emptyRequestSample,
  type MeasurementSamples,
  noRequest,
  Outcome,
  type OutcomeName,
} from '../../run/record.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import type { ServiceTimes } from './service-model.js'
import {
  countBatchFrames,
  type SimulatedRequest,
  type SimulationSettings,
  simulateCameras,
} from './simulate-cameras.js'

export interface SimulatedMeasurement {
  samples: MeasurementSamples
  batches: BatchFormed[]
  windowStartUs: number
  windowEndUs: number
}

interface Settled {
  request: SimulatedRequest
  outcome: OutcomeName
  atUs: number
}

/** Simulates a run, in the form of a measured one, so that the analysis of runs applies to it. */
export function simulatedMeasurement(
  settings: SimulationSettings,
  serviceTimes: ServiceTimes,
): SimulatedMeasurement {
  const windowStartUs = settings.warmupMs * 1000
  const windowEndUs = windowStartUs + settings.windowMs * 1000
  const settled: Settled[] = []
  const batches: BatchFormed[] = []
  simulateCameras(settings, serviceTimes, {
    settled: (request, outcome, atUs) => settled.push({ request, outcome, atUs }),
    batch(batch, endMs) {
      batches.push({
        batch: batches.length,
        worker: String(batch.worker),
        requestsFormed: batch.jobs.length,
        framesFormed: countBatchFrames(batch),
        framesAsked: settings.framesPerRequest * settings.server.serverBatchSize,
        handlerMs: endMs - batch.dispatchedMs,
        ...((batch.reason === 'full' || batch.reason === 'delay') && { dispatch: batch.reason }),
        members: batch.jobs.map(({ request }) => request),
      })
    },
  })
  const phase = (us: number) => phaseAt(us, windowStartUs, windowEndUs)
  return { samples: toSamples(settled, phase), batches, windowStartUs, windowEndUs }
}

function toSamples(settled: readonly Settled[], phase: (us: number) => number): MeasurementSamples {
  const sink = collectSamples()
  const sample = emptyRequestSample()
  for (const { request, outcome, atUs } of settled) {
    for (const { camera, tick, capturedUs } of request.frames) {
      const carrier = request.request < 0 ? noRequest : request.request
      sink.frame(camera, tick, carrier, phase(capturedUs), Outcome[outcome], capturedUs)
    }
    if (request.request < 0) continue
    sample.request = request.request
    sample.phase = phase(request.dueUs)
    sample.outcome = Outcome[outcome]
    sample.status = outcome === 'ok' ? 200 : outcome === 'http-error' ? 503 : 0
    sample.frames = request.frames.length
    sample.client = request.client
    sample.dueUs = request.dueUs
    sample.sentUs = request.sentUs
    sample.answeredUs = outcome === 'timeout' ? Number.NaN : atUs
    sink.request(sample)
  }
  return sink.samples()
}
