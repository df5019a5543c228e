import { join, relative } from 'node:path'
import { formatTerminalSummary } from '../report/terminal-summary.js'
import { summaryJson } from '../report/summary-json.js'
import { openRunOutputs, type OutputOptions, type RunOutputs } from '../report/write-run-outputs.js'
import { readManifest } from '../run/run-folder.js'
import type { ExitCode } from '../system/user-error.js'
import { printNotice, printResult } from './command.js'
import { measuredScenario } from './open-run.js'
import { simulationLines } from './progress/progress-display.js'
import { spellCommands } from './spell-commands.js'
import { usesColor } from './terminal.js'

/**
 * Writes a run's CSV files, summary and report, prints what they say, and returns the run's exit code.
 *
 * @param outputs to which measurements may have been added already
 */
export async function summariseRun(
  folder: string,
  { json }: { json: boolean },
  outputs: RunOutputs,
): Promise<ExitCode> {
  const analysis = await outputs.end(simulationLines(process.stderr))
  const table = formatTerminalSummary(analysis, {
    columns: process.stdout.columns ?? 80,
    color: usesColor(process.stdout, process.env),
  })
  if (json) printResult(JSON.stringify(summaryJson(analysis), null, 2))
  else printResult(spellCommands(table, process.env))
  printNotice(`report: ${relative(process.cwd(), join(folder, 'report.html'))}`)
  return analysis.exitCode
}

/** The outputs of a run, with a recommendation. */
export async function openOutputs(
  folder: string,
  { samples }: Pick<OutputOptions, 'samples'> = {},
): Promise<RunOutputs> {
  const recommendFrom = await measuredScenario(await readManifest(folder))
  return openRunOutputs(folder, { recommendFrom, samples })
}
