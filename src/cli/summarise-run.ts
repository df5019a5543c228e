import { join, relative } from 'node:path'
import { formatTerminalSummary } from '../report/terminal-summary.js'
import { summaryJson } from '../report/summary-json.js'
import { writeRunOutputs } from '../report/write-run-outputs.js'
import { ExitCode } from '../system/user-error.js'
import { figuresOfPoint } from '../analysis/figures-of-run.js'
import { renderTerminalTable } from '../report/table/terminal-table.js'
import { thresholdsTable } from '../report/thresholds-table.js'
import { evaluateThresholds } from '../analysis/thresholds/evaluate-thresholds.js'
import type { ThresholdResult } from '../analysis/thresholds/threshold-result.js'
import { thresholdsOfRun } from '../analysis/thresholds/thresholds-of-run.js'
import type { RunAnalysis } from '../analysis/run-analysis.js'
import { printNotice, printResult } from './command.js'

/** Writes a run's CSV files, summary and report, prints what they say, and returns the run's exit code. */
export async function summariseRun(folder: string, { json }: { json: boolean }): Promise<ExitCode> {
  const analysis = await writeRunOutputs(folder)
  const table = formatTerminalSummary(analysis, {
    columns: process.stdout.columns ?? 80,
    color: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  })
  if (json) printResult(JSON.stringify(summaryJson(analysis), null, 2))
  else printResult(table)
  const thresholds = heldThresholds(analysis)
  if (thresholds.length > 0) printNotice(renderTerminalTable(thresholdsTable(thresholds)))
  printNotice(`report: ${relative(process.cwd(), join(folder, 'report.html'))}`)
  if (analysis.exitCode !== ExitCode.pass) return analysis.exitCode
  return thresholds.some(({ verdict }) => verdict === 'FAIL') ? ExitCode.regression : ExitCode.pass
}

/** The conditions of the run's own scenario, against what it measured. */
function heldThresholds(analysis: RunAnalysis): ThresholdResult[] {
  return evaluateThresholds(
    thresholdsOfRun(analysis),
    analysis.points.map((point) => figuresOfPoint(point, analysis.measurements)),
  )
}
