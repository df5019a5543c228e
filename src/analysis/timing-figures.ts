import type { MeasurementRecord } from '../run/manifest.js'
import type { MeasurementSamples } from '../run/record.js'
import type { Point } from '../scenario/plan/plan.js'
import { measureBacklog } from './backlog.js'
import { Distribution } from './distribution.js'
import type { FrameCounts } from './frame-counts.js'
import { frameLatencies, sendLags } from './latencies.js'
import { decideOutcome, framesWithinSlo, type Outcome } from './outcome.js'
import {
  computeQuantile,
  percentileRank,
  summariseLatencies,
  toMs,
  type LatencySummary,
} from './percentile.js'
import { percentileNames } from '../scenario/grammar/metric.js'
import { throughputFold, type Throughput } from './throughput.js'

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
  /** Requests that were answered in the window, as `countAnswers` finds them. */
  answeredInWindow: number
  /** See `Distribution`. */
  mostKept?: number | undefined
}

/** What the other figures of the measurement add to those of its timing. */
interface OtherFigures {
  counts: FrameCounts
  framesRefusedUnderLoad: number
  /** Requests that were answered correctly. Intervals of frame latency depend on it. */
  requestsOk: number
}

/** Computes the figures from samples: as measured, or without lateness. */
export interface Timing {
  add: (part: MeasurementSamples) => void
  /** Adds the latencies once more, for the figures that miss some. */
  addAgain: (part: MeasurementSamples) => void
  frameLatenciesUs: Distribution
  sendLagsUs: Distribution
  throughput: () => Throughput
  figures: (others: OtherFigures) => TimingFigures
}

export function openTiming({
  point,
  record,
  answerTolerance,
  answeredInWindow,
  mostKept,
}: TimingQuestion): Timing {
  const { load, measure, slo, batching } = point
  const { windowStartUs, windowEndUs } = record
  const isCamera = load.kind === 'cameras'
  const sloUs = slo && slo.latencyMs * 1000
  const throughput = throughputFold(
    {
      load: load.kind,
      extent: measure.passes === undefined ? 'window' : 'passes',
      windowStartUs,
      windowEndUs,
      answerTolerance,
      sloUs,
    },
    answeredInWindow,
  )
  const frameLatenciesUs = new Distribution({ mostKept })
  const sendLagsUs = new Distribution({ mostKept })
  const withinSlo = isCamera && sloUs !== undefined ? framesWithinSlo(sloUs, answerTolerance) : undefined
  const window = { startUs: windowStartUs, endUs: windowEndUs, batchSize: batching.batchSize }
  const backlog = isCamera && measure.passes === undefined ? measureBacklog(window) : undefined
  return {
    frameLatenciesUs,
    sendLagsUs,
    throughput: throughput.result,
    add(part) {
      throughput.add(part)
      frameLatenciesUs.addEach(frameLatencies(part))
      sendLagsUs.addEach(sendLags(part))
      withinSlo?.add(part)
      backlog?.add(part)
    },
    addAgain(part) {
      if (frameLatenciesUs.isMissing) frameLatenciesUs.again.addEach(frameLatencies(part))
      if (sendLagsUs.isMissing) sendLagsUs.again.addEach(sendLags(part))
    },
    figures({ counts, framesRefusedUnderLoad, requestsOk }) {
      // The range over repetitions shows them even if their interval needs more requests than there are.
      for (const name of percentileNames) computeQuantile(frameLatenciesUs, percentileRank(name))
      const { fps, goodputFps } = throughput.result()
      const within = withinSlo?.result()
      const growth = backlog?.result()
      return {
        fps,
        goodputFps,
        frameLatency: isCamera
          ? summariseLatencies(frameLatenciesUs, Math.min(requestsOk, frameLatenciesUs.length))
          : undefined,
        sendLagP50Ms: toMs(computeQuantile(sendLagsUs, 0.5)),
        sendLagP99Ms: toMs(computeQuantile(sendLagsUs, 0.99)),
        sloAttainment: within === undefined || counts.scheduled === 0 ? undefined : within / counts.scheduled,
        backlogGrowthPerS: growth?.growthPerS,
        outcome: decideOutcome({
          point,
          counts,
          framesRefusedUnderLoad,
          framesWithinSlo: within,
          backlog: growth,
        }),
      }
    },
  }
}
