import { errorRate } from './frame-counts.js'
import type { GatedMeasurement } from './gated-run.js'
import type { RepetitionMetrics } from './repetition-metrics.js'

/** One measurement as the gate sees it. An interrupted one counts as INVALID. */
export function repetitionOfMeasurement(summary: GatedMeasurement): RepetitionMetrics {
  const { fps, goodputFps, requestLatency, frameLatency, counts, durationS, complete, findings } = summary
  const symptoms = findings.filter(({ severity }) => severity === 'invalid').map(({ symptom }) => symptom)
  return {
    values: {
      fps,
      goodputFps,
      requestLatencyP50Ms: requestLatency.p50?.value,
      requestLatencyP99Ms: requestLatency.p99?.value,
      frameLatencyP50Ms: frameLatency?.p50?.value,
      frameLatencyP95Ms: frameLatency?.p95?.value,
      frameLatencyP99Ms: frameLatency?.p99?.value,
      errorRate: errorRate(counts),
    },
    requestsOk: requestLatency.samples,
    durationS,
    invalid: complete ? symptoms : ['measurement was interrupted', ...symptoms],
  }
}
