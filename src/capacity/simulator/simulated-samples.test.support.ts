import { phaseAt } from '../../load/control/load-control.js'
import { allocateFrames, allocateRequests, linkFrames, takeFrames, takeRequests } from '../../run/columns.js'
import { BlockKind, RecordBlock, type SampleSink } from '../../run/record-block.js'
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

/**
 * Keeps samples in memory in the format of the sample file, so that a simulated measurement is read in the same way as
 * a saved one.
 */
function collectSamples(): SampleSink & { samples(): MeasurementSamples } {
  const requests = [new RecordBlock(BlockKind.requests, memoryBlockBytes)]
  const frames = [new RecordBlock(BlockKind.frames, memoryBlockBytes)]
  return {
    request(sample) {
      openBlock(requests).addRequest(sample)
    },
    frame(...values) {
      openBlock(frames).addFrame(...values)
    },
    samples() {
      const columns = { requests: allocateRequests(total(requests)), frames: allocateFrames(total(frames)) }
      let row = 0
      for (const block of requests) {
        takeRequests(block.records(), block.count, columns.requests, row)
        row += block.count
      }
      row = 0
      for (const block of frames) {
        takeFrames(block.records(), block.count, columns.frames, row)
        row += block.count
      }
      return linkFrames(columns)
    },
  }
}

const memoryBlockBytes = 64 * 1024

/** The last block, or a new one if the last one is full. */
function openBlock(blocks: RecordBlock[]): RecordBlock {
  const last = blocks.at(-1)!
  if (!last.full) return last
  const next = new RecordBlock(last.kind, memoryBlockBytes)
  blocks.push(next)
  return next
}

function total(blocks: readonly RecordBlock[]): number {
  return blocks.reduce((sum, { count }) => sum + count, 0)
}
