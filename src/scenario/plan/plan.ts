import * as z from 'zod'
import { pointBatching } from '../schema/batching.js'
import { pointCameraLoad, pointClosedLoad } from '../schema/load.js'
import { measure, slo } from '../schema/measure.js'
import { pointModel } from '../schema/model.js'
import { savedMapping } from '../schema/section.js'
import { pointServer } from '../schema/server.js'
import { pointVideo } from '../schema/video.js'

const positive = z.int().min(1)

const pointSchema = savedMapping({
  /** 1, 2, 3 …, in scenario order; the `point` column. */
  id: positive,
  video: pointVideo,
  server: pointServer,
  model: pointModel,
  batching: pointBatching,
  load: z.discriminatedUnion('kind', [pointClosedLoad, pointCameraLoad]),
  measure: measure.point,
  slo: slo.point.optional(),
})

const plannedMeasurementSchema = savedMapping({
  point: positive,
  /** From 1. */
  repetition: positive,
  /** Seeds camera phases; derived from (seed, cameras, repetition), the same for both batching modes. */
  phaseSeed: z.number(),
})

const leftOutSchema = savedMapping({
  /** The settings that set the combination apart. */
  cell: z.string(),
  reason: z.string(),
  /** Of a merged combination: the point that measures it. */
  point: z.int().min(0).optional(),
})

/** A plan as it stands in a run.json: --resume replays it, so all of it is checked. */
export const planSchema = savedMapping({
  points: z.array(pointSchema).readonly(),
  /** Seeded random order; kept together if they need no restart of the server or the video. */
  order: z.array(plannedMeasurementSchema).readonly(),
  /** Combinations that are not possible, such as K above the frames in flight. */
  impossible: z.array(leftOutSchema).readonly(),
  /** Combinations equal to another one, such as a delay if B is 1. */
  merged: z.array(leftOutSchema).readonly(),
  seed: z.number(),
  /** Expected time without installation, s: server starts, warm-up, windows. */
  expectedS: z.number(),
})

/** Plain data: computed once from the scenario, printed by --dry-run, stored in the run, replayed by --resume. */
export type Plan = z.infer<typeof planSchema>

/** One combination of the swept settings. */
export type Point = z.infer<typeof pointSchema>

/** One fresh measurement of a point; the unit that is ordered, saved and resumed. */
export type PlannedMeasurement = z.infer<typeof plannedMeasurementSchema>

/** A combination that is not measured, and why; shown to the user. */
export type LeftOut = z.infer<typeof leftOutSchema>
