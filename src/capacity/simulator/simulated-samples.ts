import { phaseAt } from '../../load/control/load-control.js'
import { allocateFrames, allocateRequests } from '../../run/allocate-columns.js'
import {
  type FrameColumns,
  type MeasurementSamples,
  noRequest,
  type Outcome,
  outcomes,
  type RequestColumns,
} from '../../run/sample-columns.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import type { ServiceTimes } from './service-model.js'
import {
  framesOf,
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
  outcome: Outcome
  atUs: number
}

/** A simulated run in the very form of a measured one, so that all analysis of runs reads it. */
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
        framesFormed: framesOf(batch),
        framesAsked: settings.framesPerRequest * settings.server.serverBatchSize,
        handlerMs: endMs - batch.dispatchedMs,
        ...((batch.reason === 'full' || batch.reason === 'delay') && { dispatch: batch.reason }),
        members: batch.jobs.map(({ request }) => request),
      })
    },
  })
  const phase = (us: number) => phaseAt(us, windowStartUs, windowEndUs)
  return {
    samples: { requests: requestColumns(settled, phase), frames: frameColumns(settled, phase) },
    batches,
    windowStartUs,
    windowEndUs,
  }
}

type Phase = (us: number) => number

function requestColumns(settled: Settled[], phase: Phase): RequestColumns {
  const sent = settled.filter(({ request }) => request.request >= 0)
  const columns = allocateRequests(sent.length)
  columns.connectUs.fill(Number.NaN)
  columns.answerDeviation.fill(Number.NaN)
  for (const [row, { request, outcome, atUs }] of sent.entries()) {
    columns.request[row] = request.request
    columns.phase[row] = phase(request.dueUs)
    columns.outcome[row] = outcomes.indexOf(outcome)
    columns.status[row] = outcome === 'ok' ? 200 : outcome === 'http-error' ? 503 : 0
    columns.frames[row] = request.frames.length
    columns.client[row] = request.client
    columns.dueUs[row] = request.dueUs
    columns.sentUs[row] = request.sentUs
    columns.answeredUs[row] = outcome === 'timeout' ? Number.NaN : atUs
  }
  return columns
}

function frameColumns(settled: Settled[], phase: Phase): FrameColumns {
  const columns = allocateFrames(settled.reduce((sum, { request }) => sum + request.frames.length, 0))
  let i = 0
  for (const { request, outcome } of settled) {
    for (const { camera, tick, capturedUs } of request.frames) {
      columns.camera[i] = camera
      columns.frame[i] = tick
      columns.request[i] = request.request < 0 ? noRequest : request.request
      columns.phase[i] = phase(capturedUs)
      columns.outcome[i] = outcomes.indexOf(outcome)
      columns.capturedUs[i] = capturedUs
      i++
    }
  }
  return columns
}
