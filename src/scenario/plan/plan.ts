import type {
  BatchingSettings,
  LoadSettings,
  MeasureSettings,
  ModelSettings,
  ServerSettings,
  SloSettings,
  VideoSettings,
} from '../schema/settings.js'

/** One combination of the swept settings. */
export interface Point {
  /** 1, 2, 3 …, in scenario order; the `point` column. */
  id: number
  video: VideoSettings
  server: ServerSettings
  model: ModelSettings
  batching: BatchingSettings
  load: LoadSettings
  measure: MeasureSettings
  slo?: SloSettings
}

/** One fresh measurement of a point; the unit that is ordered, saved and resumed. */
export interface PlannedMeasurement {
  point: number
  /** From 1. */
  repetition: number
  /** Seeds camera phases; derived from (seed, cameras, repetition), the same for both batching modes. */
  phaseSeed: number
}

/** A cell that is not measured, and why; shown to the user. */
export interface LeftOut {
  cell: string
  reason: string
  /** Of a merged cell: the point that measures it. */
  point?: number
}

/** Plain data: computed once from the scenario, printed by --dry-run, stored in the run, replayed by --resume. */
export interface Plan {
  points: Point[]
  /** Seeded random order; kept together where the server or the video would have to be restarted. */
  order: PlannedMeasurement[]
  /** Cells that cannot be, such as K above the frames in flight. */
  impossible: LeftOut[]
  /** Cells equal to another one, such as a delay where B is 1. */
  merged: LeftOut[]
  seed: number
  /** Expected time without installation: server starts, warm-up, windows. */
  expectedS: number
}
