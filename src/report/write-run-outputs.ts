import { basename, join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { readManifest } from '../run/run-folder.js'
import type { RunManifest } from '../run/run-manifest.js'
import { analyseMeasurements } from '../analysis/analyse-measurements.js'
import type { MeasurementInput } from '../run/measurement-input.js'
import type { RunAnalysis } from '../analysis/run-analysis.js'
import { openSampleCsvs, type SampleCsvs } from './csv/sample-csvs.js'
import { writePointsCsv } from './csv/points-csv.js'
import { reportHtml } from './html/report-page.js'
import { readMeasurement } from '../run/read-measurement.js'
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
  const measurements = recorded(readMeasurements(folder, manifest), csvs)
  const analysis = await analyseMeasurements(basename(resolve(folder)), manifest, measurements)
  await csvs.end()
  await writePointsCsv(join(folder, 'points.csv'), analysis)
  await writeFileAtomic(join(folder, 'summary.md'), summaryMarkdown(analysis))
  await writeFileAtomic(join(folder, 'report.html'), await reportHtml(analysis))
  return analysis
}

async function* readMeasurements(folder: string, manifest: RunManifest): AsyncGenerator<MeasurementInput> {
  for (const record of manifest.measurements) yield await readMeasurement(folder, manifest, record)
}

/** Writes the rows of each measurement as it passes by. */
async function* recorded(
  measurements: AsyncIterable<MeasurementInput>,
  csvs: SampleCsvs,
): AsyncGenerator<MeasurementInput> {
  for await (const measurement of measurements) {
    await csvs.write(measurement)
    yield measurement
  }
}
