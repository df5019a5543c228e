export const percentileNames = ['p50', 'p95', 'p99'] as const
export type PercentileName = (typeof percentileNames)[number]

export interface Metric {
  /** In plots, tables and messages. */
  title: string
  unit: 'fps' | 'ms' | 'frames' | 'share'
  better: 'higher' | 'lower'
  /** `cameras`: the metric does not exist for closed points, because nothing is captured there. */
  load: 'any' | 'cameras'
  /** docs/columns.md and docs/gate.md. */
  meaning: string
  /** Path of the value in the summary of a measurement or of a point. */
  from:
    | { figure: 'fps' | 'goodputFps' | 'sloAttainment' | 'sendLagP50Ms' | 'sendLagP99Ms' | 'batchFormedMean' }
    | { latency: 'requestLatency' | 'frameLatency'; percentile: PercentileName }
    /** Of the frames scheduled. */
    | { framesShare: 'failed' | 'dropped' }
}

/**
 * The metrics that thresholds and gates check, which are also columns of points.csv under the same names. Thresholds
 * name metrics, so the list is part of the scenario's language. Analysis, gate and report derive what they need from
 * it.
 */
export const metrics = {
  fps: {
    title: 'FPS',
    unit: 'fps',
    better: 'higher',
    load: 'any',
    meaning: 'Frames answered correctly per second: framesOk ÷ durationS.',
    from: { figure: 'fps' },
  },
  goodputFps: {
    title: 'goodput',
    unit: 'fps',
    better: 'higher',
    load: 'any',
    meaning: 'As fps, counting only frames within the SLO (frame latency; closed load: request latency).',
    from: { figure: 'goodputFps' },
  },
  requestLatencyP50Ms: latency('requestLatency', 'p50'),
  requestLatencyP95Ms: latency('requestLatency', 'p95'),
  requestLatencyP99Ms: latency('requestLatency', 'p99'),
  frameLatencyP50Ms: latency('frameLatency', 'p50'),
  frameLatencyP95Ms: latency('frameLatency', 'p95'),
  frameLatencyP99Ms: latency('frameLatency', 'p99'),
  sendLagP50Ms: {
    title: 'send lag p50',
    unit: 'ms',
    better: 'lower',
    load: 'any',
    meaning: 'sent − due, median.',
    from: { figure: 'sendLagP50Ms' },
  },
  sendLagP99Ms: {
    title: 'send lag p99',
    unit: 'ms',
    better: 'lower',
    load: 'any',
    meaning: 'sent − due, 99th percentile.',
    from: { figure: 'sendLagP99Ms' },
  },
  batchFormedMean: {
    title: 'batch formed, mean',
    unit: 'frames',
    better: 'higher',
    load: 'any',
    meaning: 'Mean number of frames in the batches that the server ran; empty if unknown.',
    from: { figure: 'batchFormedMean' },
  },
  sloAttainment: {
    title: 'SLO attainment',
    unit: 'share',
    better: 'higher',
    load: 'cameras',
    meaning: 'Camera load: share of the scheduled frames that were answered correctly within the SLO.',
    from: { figure: 'sloAttainment' },
  },
  errorRate: {
    title: 'error rate',
    unit: 'share',
    better: 'lower',
    load: 'any',
    meaning: 'Share of the scheduled frames that failed.',
    from: { framesShare: 'failed' },
  },
  dropRate: {
    title: 'drop rate',
    unit: 'share',
    better: 'lower',
    load: 'cameras',
    meaning: 'Share of the scheduled frames that the queue policy dropped.',
    from: { framesShare: 'dropped' },
  },
} satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object that is written above
export const metricNames = Object.keys(metrics) as MetricName[]

function latency(of: 'requestLatency' | 'frameLatency', percentile: PercentileName) {
  const frame = of === 'frameLatency'
  const what = frame
    ? 'Camera load: frame latency (answered − captured)'
    : 'Request latency (answered − sent)'
  return {
    title: `${frame ? 'frame' : 'request'} latency ${percentile}`,
    unit: 'ms',
    better: 'lower',
    load: frame ? 'cameras' : 'any',
    meaning: `${what}, ${percentile.slice(1)}th percentile; empty if there are too few samples.`,
    from: { latency: of, percentile },
  } satisfies Metric
}
