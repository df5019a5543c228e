import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { collectRun, type RunCollector, type RunAnalysis } from '../analysis/analyse-run.js'
import { openSampleCsvs } from './csv/sample-csvs.js'
import { writeFailuresCsv } from './csv/failures-columns.js'
import { writePointsCsv } from './csv/points-columns.js'
import { reportHtml } from './html/report-page.js'
import { summaryMarkdown } from './summary-markdown.js'

/** Writes the outputs of a run, given its measurements one after the other. */
export interface RunOutputs extends RunCollector {
  /** Writes the rest: the CSV files of measurements that were not added, points.csv, failures.csv, summary.md and report.html. */
  end: () => Promise<RunAnalysis>
  /** Removes the unfinished files of an interrupted run. */
  discard: () => Promise<void>
}

export function openRunOutputs(folder: string): RunOutputs {
  let csvs: ReturnType<typeof openSampleCsvs> | undefined
  const collector = collectRun(folder, (input) => (csvs ??= openSampleCsvs(folder)).write(input))
  return {
    add: collector.add,
    async end() {
      const analysis = await collector.end()
      await (csvs ?? openSampleCsvs(folder)).end()
      await writePointsCsv(join(folder, 'points.csv'), analysis)
      await writeFailuresCsv(folder, analysis)
      await writeFileAtomic(join(folder, 'summary.md'), summaryMarkdown(analysis))
      await writeFileAtomic(join(folder, 'report.html'), await reportHtml(analysis))
      return analysis
    },
    discard: async () => csvs?.discard(),
  }
}

/** Analyses a saved run and writes the CSV files, summary.md and report.html into its folder. */
export async function writeRunOutputs(folder: string): Promise<RunAnalysis> {
  return openRunOutputs(folder).end()
}
