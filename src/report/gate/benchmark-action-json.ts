import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import { metricRow } from './metric-row.js'

/** One entry of github-action-benchmark's `customBiggerIsBetter` and `customSmallerIsBetter` files. */
interface BenchmarkEntry {
  name: string
  unit: string
  value: number
  range?: string
  extra: string
}

export interface BenchmarkActionFiles {
  customBiggerIsBetter: BenchmarkEntry[]
  customSmallerIsBetter: BenchmarkEntry[]
}

/**
 * The candidate's figures for benchmark-action/github-action-benchmark, which takes one direction a file; an entry's
 * `range` is shown behind its value.
 */
export function benchmarkActionJson(result: GateResult): BenchmarkActionFiles {
  const entries = (better: 'higher' | 'lower') =>
    result.metrics
      .filter(({ metric }) => metric.better === better)
      .flatMap((decision) => entryOf(result.scenario, decision) ?? [])
  return { customBiggerIsBetter: entries('higher'), customSmallerIsBetter: entries('lower') }
}

function entryOf(scenario: string, decision: PointDecision): BenchmarkEntry | undefined {
  const { candidate, candidateInterval, metric, verdict } = decision
  if (candidate === undefined) return undefined
  const row = metricRow(decision)
  const percent = metric.unit === 'share'
  const half =
    candidateInterval === undefined ? undefined : (candidateInterval.high - candidateInterval.low) / 2
  return {
    name: `${scenario}: ${row.metric}`,
    unit: percent ? '%' : metric.unit,
    value: percent ? 100 * candidate : candidate,
    ...(half !== undefined && { range: `± ${Number(half.toPrecision(3))}` }),
    extra: `${verdict}; baseline ${row.baseline}; worse by ${row['worse by']} (${row['interval']})`,
  }
}
