import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import { gateHtml } from './gate-page.js'
import { gateJson } from './gate-json.js'
import { junitXml } from './junit-xml.js'
import { appendStepSummary, gateMarkdown } from './gate-markdown.js'
import { formatChange, formatMetric, formatPoint } from '../format/format.js'
import { changeUnit, formatChangeInterval, formatMetricName, metricChanges } from './gate-tables.js'

/** Writes every output into one folder, and the step summary if GitHub Actions names a file for it. */
export async function writeOutputs(
  result: GateResult,
  folder: string,
  env: Record<string, string | undefined>,
): Promise<void> {
  const markdown = gateMarkdown(result)
  const { customBiggerIsBetter, customSmallerIsBetter } = benchmarkActionJson(result)
  const files: Record<string, string> = {
    'gate.json': json(gateJson(result)),
    'gate.md': markdown,
    'gate.html': await gateHtml(result),
    'junit.xml': junitXml(result),
    'benchmark-bigger-is-better.json': json(customBiggerIsBetter),
    'benchmark-smaller-is-better.json': json(customSmallerIsBetter),
    'bencher.json': json(bencherMetricFormat(result)),
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(Object.entries(files).map(([name, text]) => writeFileAtomic(join(folder, name), text)))
  await appendStepSummary(markdown, env)
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

interface BencherMetric {
  value: number
  lower_value?: number
  upper_value?: number
}

/** Bencher Metric Format: benchmark name → measure → metric, for `bencher run --adapter json --file`. */
type BencherMetricFormat = Record<string, Record<string, BencherMetric>>

/** The candidate's figures; a benchmark is the scenario, or each of its points if it has several. */
export function bencherMetricFormat({ scenario, metrics }: GateResult): BencherMetricFormat {
  const benchmarks: BencherMetricFormat = {}
  for (const { metric, point, candidate, candidateInterval } of metrics) {
    if (candidate === undefined) continue
    const benchmark = point === undefined ? scenario : `${scenario}: ${formatPoint(point)}`
    const measures = (benchmarks[benchmark] ??= {})
    measures[metric.name] = {
      value: candidate,
      ...(candidateInterval && { lower_value: candidateInterval.low, upper_value: candidateInterval.high }),
    }
  }
  return benchmarks
}

/** One entry of github-action-benchmark's `customBiggerIsBetter` and `customSmallerIsBetter` files. */
interface BenchmarkEntry {
  name: string
  unit: string
  value: number
  range?: string
  extra: string
}

interface BenchmarkActionFiles {
  customBiggerIsBetter: BenchmarkEntry[]
  customSmallerIsBetter: BenchmarkEntry[]
}

/**
 * The candidate's figures for benchmark-action/github-action-benchmark, which takes one direction per file. An entry's
 * `range` is shown after its value.
 */
export function benchmarkActionJson(result: GateResult): BenchmarkActionFiles {
  const entries = (better: 'higher' | 'lower') =>
    result.metrics
      .filter(({ metric }) => metric.better === better)
      .flatMap((decision) => benchmarkEntry(result.scenario, decision) ?? [])
  return { customBiggerIsBetter: entries('higher'), customSmallerIsBetter: entries('lower') }
}

function benchmarkEntry(scenario: string, decision: PointDecision): BenchmarkEntry | undefined {
  const { baseline, candidate, candidateInterval, metric, verdict } = decision
  if (candidate === undefined) return undefined
  const percent = metric.unit === 'share'
  const half =
    candidateInterval === undefined ? undefined : (candidateInterval.high - candidateInterval.low) / 2
  return {
    name: `${scenario}: ${formatMetricName(decision)}`,
    unit: percent ? '%' : metric.unit,
    value: percent ? 100 * candidate : candidate,
    ...(half !== undefined && { range: `± ${Number(half.toPrecision(3))}` }),
    extra:
      `${verdict}; baseline ${formatMetric(baseline, metric.unit)}; ` +
      `change ${formatChange(metricChanges(decision).change, changeUnit(decision))} (${formatChangeInterval(decision)})`,
  }
}
