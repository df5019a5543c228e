import { phaseAt } from '../../load/window/phase-at.js'
import { type MeasurementSamples, noRequest, type Outcome, outcomes } from '../../samples/sample-columns.js'
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

/** A simulated run in the very form of a measured one, so that all analysis of runs reads it. */
export function simulatedMeasurement(
  settings: SimulationSettings,
  serviceTimes: ServiceTimes,
): SimulatedMeasurement {
  const windowStartUs = settings.warmupMs * 1000
  const windowEndUs = windowStartUs + settings.windowMs * 1000
  const settled: { request: SimulatedRequest; outcome: number; atUs: number }[] = []
  const batches: BatchFormed[] = []
  simulateCameras(settings, serviceTimes, {
    settled(request: SimulatedRequest, outcome: Outcome, atUs: number) {
      settled.push({ request, outcome: outcomes.indexOf(outcome), atUs })
    },
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
  const sent = settled.filter(({ request }) => request.request >= 0)
  const frames = settled.flatMap(({ request, outcome }) =>
    request.frames.map((frame) => ({ ...frame, request: request.request, outcome })),
  )
  const phase = (us: number) => phaseAt(us, windowStartUs, windowEndUs)
  return {
    samples: {
      requests: {
        count: sent.length,
        request: Uint32Array.from(sent, ({ request }) => request.request),
        phase: Uint8Array.from(sent, ({ request }) => phase(request.dueUs)),
        outcome: Uint8Array.from(sent, ({ outcome }) => outcome),
        status: Uint16Array.from(sent, ({ outcome }) =>
          outcomes[outcome] === 'ok' ? 200 : outcomes[outcome] === 'http-error' ? 503 : 0,
        ),
        frames: Uint16Array.from(sent, ({ request }) => request.frames.length),
        firstFrame: new Uint32Array(sent.length),
        client: Uint32Array.from(sent, ({ request }) => request.client),
        dueUs: Float64Array.from(sent, ({ request }) => request.dueUs),
        sentUs: Float64Array.from(sent, ({ request }) => request.sentUs),
        answeredUs: Float64Array.from(sent, ({ outcome, atUs }) =>
          outcomes[outcome] === 'timeout' ? Number.NaN : atUs,
        ),
        connectUs: new Float64Array(sent.length).fill(Number.NaN),
        bodyBytes: new Uint32Array(sent.length),
        answerBytes: new Uint32Array(sent.length),
        answerDeviation: new Float32Array(sent.length).fill(Number.NaN),
        serverRequestId: new Uint8Array(16 * sent.length),
      },
      frames: {
        count: frames.length,
        camera: Uint32Array.from(frames, ({ camera }) => camera),
        frame: Uint32Array.from(frames, ({ tick }) => tick),
        request: Uint32Array.from(frames, ({ request }) => (request < 0 ? noRequest : request)),
        phase: Uint8Array.from(frames, ({ capturedUs }) => phase(capturedUs)),
        outcome: Uint8Array.from(frames, ({ outcome }) => outcome),
        capturedUs: Float64Array.from(frames, ({ capturedUs }) => capturedUs),
      },
    },
    batches,
    windowStartUs,
    windowEndUs,
  }
}
