import { join, relative } from 'node:path'
import { formatTerminalSummary } from '../report/terminal-summary.js'
import { summaryJson } from '../report/summary-json.js'
import { writeRunOutputs } from '../report/write-run-outputs.js'
import type { ExitCode } from '../system/user-error.js'
import { printNotice, printResult } from './command.js'
import { usesColor } from './terminal.js'

/** Writes a run's CSV files, summary and report, prints what they say, and returns the run's exit code. */
export async function summariseRun(folder: string, { json }: { json: boolean }): Promise<ExitCode> {
  const analysis = await writeRunOutputs(folder)
  const table = formatTerminalSummary(analysis, {
    columns: process.stdout.columns ?? 80,
    color: usesColor(process.stdout, process.env),
  })
  if (json) printResult(JSON.stringify(summaryJson(analysis), null, 2))
  else printResult(table)
  printNotice(`report: ${relative(process.cwd(), join(folder, 'report.html'))}`)
  return analysis.exitCode
}
