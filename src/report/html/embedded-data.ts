import type { RunAnalysis } from '../../statistics/run-analysis.js'

/** The analysis as a report carries it, aggregated so that the page stays small whatever the run's length. */
export interface EmbeddedData extends RunAnalysis {
  about: string
}

/**
 * Everything but the seconds of the measurements (latency lanes, processors), which are in requests.csv and
 * machine.csv: of a long run they would be most of the page.
 */
export function embeddedData(analysis: RunAnalysis): EmbeddedData {
  return {
    about:
      'Aggregated from all samples of the run, to 7 significant digits. Single requests, frames, batches and seconds ' +
      'are in the CSV files beside the report.',
    ...analysis,
    measurements: analysis.measurements.map((measurement) => ({ ...measurement, lanes: [], machine: [] })),
  }
}

/** For JSON.stringify: more digits than 7 only make the page longer. */
export function roundedNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value
}
