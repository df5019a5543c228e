import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { collectRun, type RunCollector } from '../analysis/analyse-run.js'
import { readCapacityFile } from '../capacity/capacity-run.js'
import { openRecommender, type Recommender } from '../capacity/recommend/recommend-setting.js'
import type { MeasuredScenario } from '../capacity/size/sound-command.js'
import { readManifest } from '../run/run-folder.js'
import { openSampleCsvs } from './csv/sample-csvs.js'
import { writeFailuresCsv } from './csv/failures-columns.js'
import { writePointsCsv } from './csv/points-columns.js'
import { reportHtml } from './html/report-page.js'
import type { ReportedRun } from './format/recommendation.js'
import { summaryMarkdown } from './summary-markdown.js'

/** Writes the outputs of a run, given its measurements one after the other. */
export interface RunOutputs {
  add: RunCollector['add']
  /** The analysis of the measurements of the run so far, and their recommendation if there is one. */
  analyse: () => Promise<ReportedRun>
  /** Writes the rest: the CSV files of measurements that were not added, points.csv, failures.csv, summary.md and report.html. */
  end: () => Promise<ReportedRun>
  /** Removes the unfinished files of an interrupted run. */
  discard: () => Promise<void>
}

/** @param recommendFrom the scenario that was measured, if a setting is to be recommended */
export function openRunOutputs(folder: string, recommendFrom?: MeasuredScenario): RunOutputs {
  let csvs: ReturnType<typeof openSampleCsvs> | undefined
  let recommender: Promise<Recommender | undefined> | undefined
  const collector = collectRun(folder, async (input, summary) => {
    recommender ??= recommenderOf(folder, recommendFrom)
    const recommending = await recommender
    recommending?.add(input, summary)
    await (csvs ??= openSampleCsvs(folder)).write(input)
  })
  async function analyse(): Promise<ReportedRun> {
    const analysis = await collector.end()
    const recommending = await recommender
    return { ...analysis, recommendation: await recommending?.recommend(analysis) }
  }
  return {
    add: collector.add,
    analyse,
    async end() {
      const reported = await analyse()
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

/** A run of the capacity command has its own answer. */
async function recommenderOf(
  folder: string,
  scenario: MeasuredScenario | undefined,
): Promise<Recommender | undefined> {
  if (scenario === undefined || (await readCapacityFile(folder)) !== undefined) return undefined
  const { plan } = await readManifest(folder)
  return openRecommender({ seed: plan.seed, scenario })
}
