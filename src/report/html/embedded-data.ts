import { worstCamerasFirst } from '../../analysis/camera-table.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'

import { camerasShown } from './cameras-section.js'

/** The analysis as a report carries it, aggregated so that the page stays small whatever the run's length. */
export interface EmbeddedData extends RunAnalysis {
  about: string
}

/**
 * Everything but the seconds of the measurements (latency lanes, processors), which are in requests.csv and
 * machine.csv, and all cameras but the worst, which are in frames.csv: they would be most of the page.
 */
export function embeddedData(analysis: RunAnalysis): EmbeddedData {
  return {
    about:
      'Aggregated from all samples of the run, to 7 significant digits. Single requests, frames, batches and seconds ' +
      'are in the CSV files beside the report.',
    ...analysis,
    points: analysis.points.map((point) => ({
      ...point,
      cameras: worstCamerasFirst(point.cameras).slice(0, camerasShown),
    })),
    measurements: analysis.measurements.map((measurement) => ({
      ...measurement,
      cameras: [],
      lanes: [],
      machine: [],
    })),
  }
}
