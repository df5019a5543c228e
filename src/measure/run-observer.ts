import type { LoadProgress } from '../load/control/watch-progress.js'
import type { Point, PlannedMeasurement } from '../scenario/plan/plan.js'
import type { MeasurementRecord } from '../run/run-manifest.js'

/** Who watches a run: the terminal's progress, or nobody. Never on the path that sends. */
export interface RunObserver {
  /** Preparations, in words: decoding, installing, starting. */
  status: (text: string) => void
  measurementStarts: (planned: PlannedMeasurement, point: Point) => void
  loadProgress: (progress: LoadProgress) => void
  measurementEnds: (record: MeasurementRecord) => void
}
