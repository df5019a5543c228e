import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { GateResult } from '../../gate/gate-result.js'
import { bencherMetricFormat } from './bencher-metric-format.js'
import { benchmarkActionJson } from './benchmark-action-json.js'
import { gateHtml } from './gate-html.js'
import { gateJson } from './gate-json.js'
import { junitXml } from './junit-xml.js'
import { appendStepSummary, gateMarkdown } from './step-summary.js'

/** Writes every output into one folder, and the step summary where GitHub Actions asks for it. */
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
