import * as z from 'zod'
import { mixSeeds } from '../../system/seeded-random.js'
import { batching, pointBatching } from '../schema/batching.js'
import {
  cameraLoad,
  pointCameraLoad,
  pointCeilingLoad,
  pointClosedLoad,
  queue,
  queueDepths,
  type pointQueue,
} from '../schema/load.js'
import { measure, slo } from '../schema/measure.js'
import { type answerShape, model, pointModel, sameAnswer } from '../schema/model.js'
import type { predictionApis, protocols } from '../schema/protocol.js'
import { request } from '../schema/request.js'
import { savedMapping } from '../schema/section.js'
import { embedded, pointServer, torchserve, type autoServer } from '../schema/server.js'
import type { urlServer } from '../schema/url-server.js'
import { pointVideo, video } from '../schema/video.js'

const positive = z.int().min(1)

const subjectFields = {
  /** 1, 2, 3 …, in scenario order; the `point` column. */
  id: positive,
  /** Absent: the scenario asks for it. `confirming`: measured after the plan, to confirm the recommended setting. */
  purpose: z.literal('confirming').optional(),
  video: pointVideo,
  server: pointServer,
  model: pointModel,
  batching: pointBatching,
}
const ownFields = { measure: measure.point, slo: slo.point.optional() }

const pointSchema = savedMapping({
  ...subjectFields,
  load: z.discriminatedUnion('kind', [pointClosedLoad, pointCameraLoad]),
  ...ownFields,
})

const ceilingPointSchema = savedMapping({
  ...subjectFields,
  load: pointCeilingLoad,
  ...ownFields,
  /** The highest FPS of the closed points, and which of them has it. Undefined: not known yet. */
  ceiling: savedMapping({ point: positive, fps: z.number() }).optional(),
})

const plannedMeasurementSchema = savedMapping({
  point: positive,
  /** Number of the repetition, from 1. */
  repetition: positive,
  /** Seeds camera phases; derived from (seed, cameras, repetition), the same for both batching modes. */
  phaseSeed: z.number(),
})

const leftOutSchema = savedMapping({
  /** The settings that set the combination apart. */
  cell: z.string(),
  reason: z.string(),
  /** Merged combinations only: the point that measures it. */
  point: z.int().min(0).optional(),
})

const raceEndSchema = savedMapping({
  /** Blocks measured, the first pass included. */
  blocks: z.int().min(0),
  /** The closed points of the settings that were still in contention, those that carry most first. */
  inContention: z.array(positive).readonly(),
  /** Those of them than which no other may carry over 5 % more. The race is decided if there is one. */
  equal: z.array(positive).readonly(),
})

/** The plan in a run.json. --resume uses it, so all of it is validated. */
export const planSchema = savedMapping({
  points: z.array(pointSchema).readonly(),
  /**
   * Camera points whose number of cameras is a share of the ceiling. Once that is known, they have it here, and are
   * among the points with their number of cameras.
   */
  ofCeiling: z.array(ceilingPointSchema).readonly().optional(),
  /** In seeded random order. Measurements with the same server, model and video stay together. */
  order: z.array(plannedMeasurementSchema).readonly(),
  /** Combinations that are not possible, such as K above the frames in flight. */
  impossible: z.array(leftOutSchema).readonly(),
  /** Combinations equal to another one, such as a delay if B is 1. */
  merged: z.array(leftOutSchema).readonly(),
  seed: z.number(),
  /** Expected time for server starts, warm-ups and windows, s; without installation. */
  expectedS: z.number(),
  /** A run until it is decided which setting carries most. The repetition of a closed point is the number of its block. */
  race: savedMapping({ budgetS: z.number(), end: raceEndSchema.optional() }).optional(),
})

/** Plain data: computed once from the scenario, printed by --dry-run, stored in the run and reused by --resume. */
export type Plan = z.infer<typeof planSchema>

/** One combination of the swept settings. */
export type Point = z.infer<typeof pointSchema>

/** A camera point whose number of cameras is a share of the ceiling. */
export type CeilingPoint = z.infer<typeof ceilingPointSchema>

/** One repetition of a point; the unit that is ordered, saved and resumed. */
export type PlannedMeasurement = z.infer<typeof plannedMeasurementSchema>

/** A combination that is not measured, and why; shown to the user. */
export type LeftOut = z.infer<typeof leftOutSchema>

/*
 * The settings of one point, every sweep resolved and every default applied. The words are defined in docs/words.md.
 * Units are in the names; `undefined` means absent.
 */

export type VideoSettings = z.infer<typeof pointVideo>

/** `auto` becomes the managed TorchServe or, if Python is not installed, the embedded server when it is started. */
export type TorchServeSettings = z.infer<typeof autoServer.point> | z.infer<typeof torchserve.point>
export type EmbeddedSettings = z.infer<typeof embedded.point>
export type UrlSettings = z.infer<typeof urlServer.point>
export type ServerSettings = TorchServeSettings | EmbeddedSettings | UrlSettings

export type Protocol = (typeof protocols)[number]
export type PredictionApi = (typeof predictionApis)[number]

export type ModelSettings = z.infer<typeof pointModel>
export type RequestShape = ModelSettings['request']
/** As written: `auto` is learned before the load. */
export type AnswerSetting = ModelSettings['answer']
/** How the answers of a load are read. */
export type AnswerShape = z.infer<typeof answerShape>

export type BatchingSettings = z.infer<typeof pointBatching>
export type BatchingMode = BatchingSettings['mode']
export type Encoding = BatchingSettings['encoding']
/** How frames reach the server and its handler. Their costs depend on it. */
export type SentAs = Pick<BatchingSettings, 'encoding' | 'protocol'>

export type ClosedLoad = z.infer<typeof pointClosedLoad>
export type CameraLoad = z.infer<typeof pointCameraLoad>
export type QueueSettings = z.infer<typeof pointQueue>
export type CeilingLoad = z.infer<typeof pointCeilingLoad>
export type LoadSettings = ClosedLoad | CameraLoad

export type MeasureSettings = z.infer<typeof measure.point>
export type SloSettings = z.infer<typeof slo.point>

/** All points of a plan in scenario order, those included whose number of cameras is not known yet. */
export function allPoints({ points, ofCeiling = [] }: Pick<Plan, 'points' | 'ofCeiling'>): PlannedPoint[] {
  return [...points, ...ofCeiling.filter(({ ceiling }) => ceiling === undefined)].toSorted(
    (a, b) => a.id - b.id,
  )
}

export type PlannedPoint = Omit<Point, 'load'> & { load: LoadSettings | CeilingLoad }

export function isOfCeiling(point: PlannedPoint): point is CeilingPoint {
  return 'ofCeiling' in point.load
}

/** The workers of the point's server. The number is unknown for a server given by URL, so 1 is assumed. */
export function knownWorkers({ server }: Pick<Point, 'server'>): number {
  return server.kind === 'url' ? 1 : server.workers
}

/**
 * Frames in flight that keep all workers busy. TorchServe needs W + 1 batches for W workers: one per worker, and one
 * that is being collected.
 */
export function saturatingFrames(batchSize: number, workers: number): number {
  return (workers + 1) * batchSize
}

/**
 * Number of cameras that are added or removed together: the cameras of one edge device if it batches across them, else
 * 1.
 */
export function cameraStep(
  { batching }: Pick<Point, 'batching'>,
  { camerasPerClient }: Pick<CameraLoad, 'camerasPerClient'>,
): number {
  return batching.framesPerRequest > 1 ? camerasPerClient : 1
}

/** Equal for points that need no restart of the server or the video; workers can change without one. */
export function restartKey({ server, model, video }: Pick<Point, 'server' | 'model' | 'video'>): string {
  return JSON.stringify([{ ...server, workers: undefined }, model, video])
}

/**
 * Seed of the camera phases: the same for all points with as many cameras in the same repetition, so that both
 * batching modes get the same arrivals, and unrelated between repetitions.
 *
 * @returns 0 … 2³² − 1
 */
export function phaseSeed(seed: number, cameras: number, repetition: number): number {
  return mixSeeds(seed, cameras, repetition) >>> 0
}

/** The defaults of the sections, for commands that take single settings without a scenario. */
export const defaults = {
  video: video.defaults,
  torchserve: torchserve.defaults,
  embedded: embedded.defaults,
  model: model.defaults,
  request: request.defaults,
  answer: model.defaults.answer,
  sameAnswer: sameAnswer.defaults,
  batching: batching.defaults,
  cameras: cameraLoad.defaults,
  queuePolicy: queue.defaults.policy,
  queueDepth: queueDepths,
  measure: measure.defaults,
  slo: slo.defaults,
} as const
