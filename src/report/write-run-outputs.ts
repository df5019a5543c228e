import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import {
  collectRecommended,
  type RecommendedCollector,
  type RecommendedRun,
} from '../capacity/recommend/recommended-run.js'
import type { MeasuredScenario } from '../capacity/size/sound-command.js'
import { openSampleCsvs } from './csv/sample-csvs.js'
import { writeFailuresCsv } from './csv/failures-columns.js'
import { writePointsCsv } from './csv/points-columns.js'
import { reportHtml } from './html/report-page.js'
import { summaryMarkdown } from './summary-markdown.js'

/** Writes the outputs of a run, given its measurements one after the other. */
export interface RunOutputs extends RecommendedCollector {
  /** Writes the rest: the CSV files of measurements that were not added, points.csv, failures.csv, summary.md and report.html. */
  end: RecommendedCollector['analyse']
  /** Removes the unfinished files of an interrupted run. */
  discard: () => Promise<void>
}

/** @param recommendFrom the scenario that was measured, if a setting is to be recommended */
export function openRunOutputs(folder: string, recommendFrom?: MeasuredScenario): RunOutputs {
  let csvs: ReturnType<typeof openSampleCsvs> | undefined
  const collector = collectRecommended(folder, recommendFrom, async (input) => {
    await (csvs ??= openSampleCsvs(folder)).write(input)
  })
  return {
    ...collector,
    async end(onSimulation): Promise<RecommendedRun> {
      const reported = await collector.analyse(onSimulation)
      await (csvs ?? openSampleCsvs(folder)).end()
      await writePointsCsv(join(folder, 'points.csv'), reported)
      await writeFailuresCsv(folder, reported)
      await writeFileAtomic(join(folder, 'summary.md'), summaryMarkdown(reported))
      await writeFileAtomic(join(folder, 'report.html'), await reportHtml(reported))
      return reported
    },
    discard: async () => csvs?.discard(),
  }
}
