import type { GateResult } from '../../gate/gate-result.js'

interface BencherMetric {
  value: number
  lower_value?: number
  upper_value?: number
}

/** Bencher Metric Format: benchmark name → measure → metric, for `bencher run --adapter json --file`. */
export type BencherMetricFormat = Record<string, Record<string, BencherMetric>>

/** The candidate's figures; a benchmark is the scenario, and where there are several points, each of them. */
export function bencherMetricFormat({ scenario, metrics }: GateResult): BencherMetricFormat {
  const benchmarks: BencherMetricFormat = {}
  for (const { metric, pointLabel, candidate, candidateInterval } of metrics) {
    if (candidate === undefined) continue
    const benchmark = pointLabel === undefined ? scenario : `${scenario}: ${pointLabel}`
    const measures = (benchmarks[benchmark] ??= {})
    measures[metric.name] = {
      value: candidate,
      ...(candidateInterval && { lower_value: candidateInterval.low, upper_value: candidateInterval.high }),
    }
  }
  return benchmarks
}
