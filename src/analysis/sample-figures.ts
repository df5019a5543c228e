import type { AnswerCheck } from './answer-check.js'
import type { BatchSizes } from './batch-sizes.js'
import type { CameraRow } from './camera-table.js'
import type { Ascending } from './distribution.js'
import type { ExplainedFailure } from './failures.js'
import type { FrameCounts } from './frame-counts.js'
import type { QuantilePoint } from './latency-distribution.js'
import type { NetworkTimes } from './network-share.js'
import type { LatencySummary } from './percentile.js'
import type { PooledSamples } from './pooled-samples.js'
import type { ServerCounts } from './server-counts.js'
import type { Stability } from './stability.js'
import type { StageSplit } from './stage-times.js'
import type { Throughput } from './throughput.js'
import type { TimeSlice } from './time-series.js'
import type { TimingFigures } from './timing-figures.js'

/** What the samples of a measurement say. */
export interface SampleFigures {
  counts: FrameCounts
  failures: ExplainedFailure[]
  timing: TimingFigures
  /** Camera load: with each request's own lateness taken away. Absent if no request was late. */
  timingWithoutLateness?: TimingFigures | undefined
  /** The interval in which frames were counted. */
  counted: Pick<Throughput, 'fromUs' | 'toUs'>
  requestLatency: LatencySummary
  /** Of frame latency or, under closed load, of request latency. */
  latencyP50Ms?: number | undefined
  fillWaitP50Ms?: number | undefined
  fillWaitP99Ms?: number | undefined
  generatorLagP99Ms?: number | undefined
  /** Of the requests of the measured phase. */
  generatorLagsUs: Ascending
  /** Of frame latency or, under closed load, of request latency. */
  latencyCurve: QuantilePoint[]
  bodyBytesMean?: number | undefined
  answers?: AnswerCheck | undefined
  stability?: Stability | undefined
  batchSizes?: BatchSizes | undefined
  serverCounts?: ServerCounts | undefined
  /** Absent if the load was sent by one process. */
  networkTimes?: NetworkTimes | undefined
  cameras: CameraRow[]
  timeSeries: TimeSlice[]
  stages?: StageSplit | undefined
}

/** The figures of a measurement, and what is pooled over repetitions. */
export interface SampleReading {
  figures: SampleFigures
  pooled: PooledSamples
}
