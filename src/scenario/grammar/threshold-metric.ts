/** The figures a threshold can name: columns of points.csv, and the two rates. */
export const thresholdMetricNames = [
  'fps',
  'goodputFps',
  'requestLatencyP50Ms',
  'requestLatencyP99Ms',
  'frameLatencyP50Ms',
  'frameLatencyP95Ms',
  'frameLatencyP99Ms',
  'sendLagP50Ms',
  'sendLagP99Ms',
  'batchFormedMean',
  'errorRate',
  'dropRate',
] as const

export type ThresholdMetricName = (typeof thresholdMetricNames)[number]
export type ThresholdUnit = 'fps' | 'ms' | 'frames' | 'share'

/** What a limit is a number of. errorRate: frames failed ÷ scheduled; dropRate: frames dropped ÷ scheduled. */
export function unitOf(metric: ThresholdMetricName): ThresholdUnit {
  if (metric.endsWith('Ms')) return 'ms'
  if (metric.endsWith('Rate')) return 'share'
  return metric === 'batchFormedMean' ? 'frames' : 'fps'
}

/** Only cameras capture frames: at a closed point these figures do not exist, rather than being unknown. */
export function existsUnderClosedLoad(metric: ThresholdMetricName): boolean {
  return !metric.startsWith('frameLatency') && metric !== 'dropRate'
}
