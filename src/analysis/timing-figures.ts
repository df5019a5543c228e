import type { MeasurementRecord } from '../run/manifest.js'
import type { MeasurementSamples } from '../run/record.js'
import type { Point } from '../scenario/plan/plan.js'
import { measureBacklog } from './backlog.js'
import type { FrameCounts } from './frame-counts.js'
import { frameLatencies, sendLags } from './latencies.js'
import { decideOutcome, framesWithinSlo, type Outcome } from './outcome.js'
import { computeQuantile, summariseLatencies, toMs, type LatencySummary } from './percentile.js'
import { measureThroughput, type Throughput } from './throughput.js'

/** The figures of a measurement that depend on when its requests were sent: those that lateness changes. */
export interface TimingFigures {
  fps: number
  goodputFps?: number | undefined
  frameLatency?: LatencySummary | undefined
  sendLagP50Ms?: number | undefined
  sendLagP99Ms?: number | undefined
  /** Share of the frames scheduled that were answered correctly within the SLO. */
  sloAttainment?: number | undefined
  backlogGrowthPerS?: number | undefined
  outcome?: Outcome | undefined
}

export interface TimingQuestion {
  point: Point
  record: Pick<MeasurementRecord, 'windowStartUs' | 'windowEndUs'>
  answerTolerance: number
  counts: FrameCounts
  framesRefusedUnderLoad: number
  /** Requests that were answered correctly. Intervals of frame latency depend on it. */
  requestsOk: number
}

export interface Timing {
  figures: TimingFigures
  throughput: Throughput
  /** Ascending. */
  frameLatenciesUs: Float64Array
}

/** Computes them from the samples: as measured, or without lateness. */
export function measureTiming(samples: MeasurementSamples, question: TimingQuestion): Timing {
  const { point, record, answerTolerance, counts, framesRefusedUnderLoad, requestsOk } = question
  const { load, measure, slo, batching } = point
  const isCamera = load.kind === 'cameras'
  const sloUs = slo && slo.latencyMs * 1000
  const throughput = measureThroughput(samples, {
    load: load.kind,
    extent: measure.passes === undefined ? 'window' : 'passes',
    windowStartUs: record.windowStartUs,
    windowEndUs: record.windowEndUs,
    answerTolerance,
    sloUs,
  })
  const frameLatenciesUs = frameLatencies(samples)
  const lagsUs = sendLags(samples.requests)
  const withinSlo =
    isCamera && sloUs !== undefined ? framesWithinSlo(samples, sloUs, answerTolerance) : undefined
  const window = { startUs: record.windowStartUs, endUs: record.windowEndUs, batchSize: batching.batchSize }
  const backlog = isCamera && measure.passes === undefined ? measureBacklog(samples, window) : undefined
  return {
    figures: {
      fps: throughput.fps,
      goodputFps: throughput.goodputFps,
      frameLatency: isCamera
        ? summariseLatencies(frameLatenciesUs, Math.min(requestsOk, frameLatenciesUs.length))
        : undefined,
      sendLagP50Ms: toMs(computeQuantile(lagsUs, 0.5)),
      sendLagP99Ms: toMs(computeQuantile(lagsUs, 0.99)),
      sloAttainment:
        withinSlo === undefined || counts.scheduled === 0 ? undefined : withinSlo / counts.scheduled,
      backlogGrowthPerS: backlog?.growthPerS,
      outcome: decideOutcome({ point, counts, framesRefusedUnderLoad, framesWithinSlo: withinSlo, backlog }),
    },
    throughput,
    frameLatenciesUs,
  }
}
