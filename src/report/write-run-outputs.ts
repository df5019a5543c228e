import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { collectRecommended, type RecommendedCollector } from '../capacity/recommend/recommended-run.js'
import type { MeasuredScenario } from '../capacity/size/sound-command.js'
import { readManifest } from '../run/run-folder.js'
import { output, type SampleFormat } from '../scenario/schema/output.js'
import type { WrittenRun } from './samples/written-run.js'
import { writeFailuresCsv } from './csv/failures-columns.js'
import { writePointsCsv } from './csv/points-columns.js'
import { reportHtml } from './html/report-page.js'
import { openSampleFiles, type SampleFiles } from './samples/sample-files.js'
import { summaryMarkdown } from './summary-markdown.js'

/** Writes the outputs of a run, given its measurements one after the other. */
export interface RunOutputs extends RecommendedCollector {
  /** Writes the rest: the samples of measurements that were not added, points.csv, failures.csv, summary.md and report.html. */
  end: (...parameters: Parameters<RecommendedCollector['analyse']>) => Promise<WrittenRun>
  /** Removes the unfinished files of an interrupted run. */
  discard: () => Promise<void>
}

export interface OutputOptions {
  /** The scenario that was measured, if a setting is to be recommended. */
  recommendFrom?: MeasuredScenario | undefined
  /** The format of requests and frames; default: that of the scenario. */
  samples?: SampleFormat | undefined
}

export function openRunOutputs(folder: string, { recommendFrom, samples }: OutputOptions = {}): RunOutputs {
  let opened: Promise<SampleFiles> | undefined
  const sampleFiles = () => (opened ??= openFiles(folder, samples))
  const collector = collectRecommended(folder, recommendFrom, async (input) => {
    const files = await sampleFiles()
    await files.write(input)
  })
  const discard = async () => (await opened?.catch(() => undefined))?.discard()
  return {
    ...collector,
    async end(onSimulation) {
      try {
        const reported = await collector.analyse(onSimulation)
        const files = await (await sampleFiles()).end()
        const written = { ...reported, files }
        await writePointsCsv(join(folder, 'points.csv'), reported)
        await writeFailuresCsv(folder, reported)
        await writeFileAtomic(join(folder, 'summary.md'), summaryMarkdown(reported))
        await writeFileAtomic(join(folder, 'report.html'), await reportHtml(written))
        return written
      } catch (error) {
        // On a full disk, what is unfinished would keep it full.
        await discard().catch(() => undefined)
        throw error
      }
    },
    discard,
  }
}

async function openFiles(folder: string, format: SampleFormat | undefined): Promise<SampleFiles> {
  if (format !== undefined) return openSampleFiles(folder, format)
  const { scenario } = await readManifest(folder)
  return openSampleFiles(folder, scenario.output?.samples ?? output.defaults.samples)
}
