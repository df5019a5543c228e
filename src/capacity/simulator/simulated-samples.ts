import { phaseAt } from '../../load/window/phase-at.js'
import {
  type FrameColumns,
  type MeasurementSamples,
  noRequest,
  type Outcome,
  outcomes,
  type RequestColumns,
} from '../../samples/sample-columns.js'
import type { BatchFormed } from '../../statistics/batches-formed.js'
import type { ServiceTimes } from './service-times.js'
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
  const count = sent.length
  return {
    count,
    request: Uint32Array.from(sent, ({ request }) => request.request),
    phase: Uint8Array.from(sent, ({ request }) => phase(request.dueUs)),
    outcome: Uint8Array.from(sent, ({ outcome }) => outcomes.indexOf(outcome)),
    status: Uint16Array.from(sent, ({ outcome }) =>
      outcome === 'ok' ? 200 : outcome === 'http-error' ? 503 : 0,
    ),
    frames: Uint16Array.from(sent, ({ request }) => request.frames.length),
    firstFrame: new Uint32Array(count),
    client: Uint32Array.from(sent, ({ request }) => request.client),
    dueUs: Float64Array.from(sent, ({ request }) => request.dueUs),
    sentUs: Float64Array.from(sent, ({ request }) => request.sentUs),
    answeredUs: Float64Array.from(sent, ({ outcome, atUs }) => (outcome === 'timeout' ? Number.NaN : atUs)),
    connectUs: new Float64Array(count).fill(Number.NaN),
    bodyBytes: new Uint32Array(count),
    answerBytes: new Uint32Array(count),
    answerDeviation: new Float32Array(count).fill(Number.NaN),
    serverRequestId: new Uint8Array(16 * count),
  }
}

function frameColumns(settled: Settled[], phase: Phase): FrameColumns {
  const count = settled.reduce((sum, { request }) => sum + request.frames.length, 0)
  const columns: FrameColumns = {
    count,
    camera: new Uint32Array(count),
    frame: new Uint32Array(count),
    request: new Uint32Array(count),
    phase: new Uint8Array(count),
    outcome: new Uint8Array(count),
    capturedUs: new Float64Array(count),
  }
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
