import type { Point } from '../scenario/plan/plan.js'
import { collectMeasurements, type RunAnalysis } from './analyse-run.js'
import type { RunManifest } from '../run/manifest.js'
import { measurementInput, type MeasurementInput } from '../run/read-measurement.js'
import { manifestOf, simulateMeasurement } from './simulated-run.test.support.js'

export type Simulated = ReturnType<typeof simulateMeasurement>

/** Analyses simulated measurements of these points, each changed by `change` before. */
export async function analyseSimulated(
  points: Point[],
  repetitions = 3,
  change: (measurement: Simulated, point: Point) => void = () => undefined,
): Promise<RunAnalysis> {
  const measured = points.flatMap((point) =>
    Array.from({ length: repetitions }, (_, i) => {
      const measurement = simulateMeasurement(point, i + 1)
      change(measurement, point)
      return measurement
    }),
  )
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  return analyseMeasurements(
    'run',
    manifest,
    measured.map(({ record, samples, batches }) => measurementInput(manifest, record, samples, { batches })),
  )
}

/** Analyses measurements that need no run folder. */
export function analyseMeasurements(
  run: string,
  manifest: RunManifest,
  measurements: Iterable<MeasurementInput>,
  mostKept?: number,
): RunAnalysis {
  const collection = collectMeasurements(mostKept)
  for (const input of measurements) collection.add(input)
  return collection.analyse(run, manifest)
}
