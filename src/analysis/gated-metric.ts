/** The figures that a gate can compare; the names are the columns of points.csv, and errorRate. */
export const gatedMetricNames = [
  'fps',
  'goodputFps',
  'requestLatencyP50Ms',
  'requestLatencyP99Ms',
  'frameLatencyP50Ms',
  'frameLatencyP95Ms',
  'frameLatencyP99Ms',
  'errorRate',
] as const

export type GatedMetricName = (typeof gatedMetricNames)[number]

export interface GatedMetric {
  name: GatedMetricName
  /** Which way is good. */
  better: 'higher' | 'lower'
  /** `ratio`: compared as ln(candidate ÷ baseline); `difference`: errors are rare or none, so no ratio exists. */
  compare: 'ratio' | 'difference'
  unit: 'fps' | 'ms' | 'share'
  /**
   * The smallest change that matters: 0.03 is 3 % worse for a ratio, 0.001 is 0.1 percentage points for a
   * difference. A machine that is noisier than this raises it.
   */
  floor: number
  /** 0.99 for a p99; undefined where the figure is no percentile. */
  percentile?: number
  /** Closed load captures no frames, so frame latency does not exist there. */
  load: 'any' | 'cameras'
}

/** Floors: throughput 3 %, medians 5 %, tails 10 %, errors 0.1 percentage points. docs/gate.md tells why. */
export const gatedMetrics: Record<GatedMetricName, GatedMetric> = {
  fps: { name: 'fps', better: 'higher', compare: 'ratio', unit: 'fps', floor: 0.03, load: 'any' },
  goodputFps: {
    name: 'goodputFps',
    better: 'higher',
    compare: 'ratio',
    unit: 'fps',
    floor: 0.03,
    load: 'any',
  },
  requestLatencyP50Ms: latency('requestLatencyP50Ms', 0.5, 0.05, 'any'),
  requestLatencyP99Ms: latency('requestLatencyP99Ms', 0.99, 0.1, 'any'),
  frameLatencyP50Ms: latency('frameLatencyP50Ms', 0.5, 0.05, 'cameras'),
  frameLatencyP95Ms: latency('frameLatencyP95Ms', 0.95, 0.1, 'cameras'),
  frameLatencyP99Ms: latency('frameLatencyP99Ms', 0.99, 0.1, 'cameras'),
  errorRate: {
    name: 'errorRate',
    better: 'lower',
    compare: 'difference',
    unit: 'share',
    floor: 0.001,
    load: 'any',
  },
}

function latency(
  name: GatedMetricName,
  percentile: number,
  floor: number,
  load: GatedMetric['load'],
): GatedMetric {
  return { name, better: 'lower', compare: 'ratio', unit: 'ms', floor, percentile, load }
}
