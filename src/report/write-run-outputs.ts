import { basename, join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { pathInRun, readManifest } from '../samples/run-folder.js'
import { readSamples } from '../samples/read-samples.js'
import type { MeasurementRecord, RunManifest } from '../samples/run-manifest.js'
import type { MeasurementSamples } from '../samples/sample-columns.js'
import { readServerBatches } from '../server-log/read-server-batches.js'
import { analyseMeasurements, measurementInput } from '../statistics/analyse-measurements.js'
import type { BatchFormed } from '../statistics/batches-formed.js'
import { joinBatches } from '../statistics/join-batches.js'
import type { MeasurementInput } from '../statistics/measurement-input.js'
import type { RunAnalysis } from '../statistics/run-analysis.js'
import { openSampleCsvs, type SampleCsvs } from './csv/sample-csvs.js'
import { writePointsCsv } from './csv/write-points-csv.js'
import { reportHtml } from './html/report-html.js'
import { summaryMarkdown } from './summary-markdown.js'

/**
 * Analyses a saved run, one measurement in memory at a time, without writing anything. Throws UserError where
 * the folder is not a run.
 */
export async function analyseRun(folder: string): Promise<RunAnalysis> {
  const manifest = await readManifest(folder)
  return analyseMeasurements(basename(resolve(folder)), manifest, readMeasurements(folder, manifest))
}

/** As `analyseRun`, and writes the CSV files, summary.md and report.html into the folder. */
export async function writeRunOutputs(folder: string): Promise<RunAnalysis> {
  const manifest = await readManifest(folder)
  const csvs = openSampleCsvs(folder)
  const measurements = readMeasurements(folder, manifest, csvs)
  const analysis = await analyseMeasurements(basename(resolve(folder)), manifest, measurements)
  await csvs.end()
  await writePointsCsv(join(folder, 'points.csv'), analysis)
  await writeFileAtomic(join(folder, 'summary.md'), summaryMarkdown(analysis))
  await writeFileAtomic(join(folder, 'report.html'), await reportHtml(analysis))
  return analysis
}

async function* readMeasurements(
  folder: string,
  manifest: RunManifest,
  csvs?: SampleCsvs,
): AsyncGenerator<MeasurementInput> {
  for (const record of manifest.measurements) {
    const samples = await readSamples(pathInRun(folder, record.sampleFile))
    const batches = await batchesOf(folder, manifest, record, samples)
    const input = measurementInput(manifest, record, samples, batches)
    await csvs?.write(input)
    yield input
  }
}

/** Undefined where the server's log was not at hand, or tells of no batch. */
async function batchesOf(
  folder: string,
  { plan }: RunManifest,
  { point, batchLogFile }: MeasurementRecord,
  { requests }: MeasurementSamples,
): Promise<BatchFormed[] | undefined> {
  const batching = plan.points.find(({ id }) => id === point)?.batching
  if (batchLogFile === undefined || batching === undefined) return undefined
  const serverBatches = await readServerBatches(pathInRun(folder, batchLogFile))
  const { batches } = joinBatches(serverBatches, requests, batching)
  return batches.length === 0 ? undefined : batches
}
