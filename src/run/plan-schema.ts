import { z } from 'zod'
import type { Plan } from '../scenario/plan/plan.js'

const count = z.int().min(0)
const positive = z.int().min(1)

const video = z.looseObject({
  source: z.string(),
  frames: positive.optional(),
  width: positive,
  height: positive,
  quality: z.number(),
})

const server = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.enum(['auto', 'torchserve']),
    workers: positive,
    handler: z.string().optional(),
  }),
  z.looseObject({
    kind: z.literal('embedded'),
    tauMs: z.number(),
    alphaMs: z.number(),
    jitter: z.number(),
    workers: positive,
    table: z.string().optional(),
    faults: z.record(z.string(), z.string()).optional(),
  }),
  z.looseObject({
    kind: z.literal('url'),
    inferenceUrl: z.string(),
    managementUrl: z.string().optional(),
    metricsUrl: z.string().optional(),
    logFile: z.string().optional(),
    tokenEnv: z.string().optional(),
    manage: z.boolean(),
  }),
])

const model = z.looseObject({
  name: z.string(),
  weights: z.string(),
  archive: z.string().optional(),
  request: z.looseObject({ field: z.string(), json: z.enum(['object', 'list']) }),
  answer: z.looseObject({ list: z.string().optional() }),
})

const batching = z.looseObject({
  mode: z.enum(['server', 'client', 'hybrid']),
  framesPerRequest: positive,
  serverBatchSize: positive,
  batchSize: positive,
  maxBatchDelayMs: z.number().optional(),
  encoding: z.enum(['raw', 'base64', 'multipart']),
})

const load = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('closed'), framesInFlight: positive, threads: positive.optional() }),
  z.looseObject({
    kind: z.literal('cameras'),
    cameras: positive,
    fps: z.number().positive(),
    phases: z.enum(['random', 'aligned', 'poisson']),
    maxInFlightPerCamera: positive,
    queue: z.looseObject({ policy: z.enum(['queue', 'drop-oldest', 'drop-newest']), depth: count }),
    camerasPerClient: positive,
    fillDeadlineMs: z.number().optional(),
    threads: positive.optional(),
  }),
])

const measure = z.looseObject({
  warmupMaxS: z.number(),
  durationS: z.number(),
  repetitions: positive,
  deadlineMs: z.number(),
  passes: positive.optional(),
})

const leftOut = z.looseObject({ cell: z.string(), reason: z.string(), point: count.optional() })

/** A plan as it stands in a run.json: --resume replays it, so all of it is checked. */
export const planSchema: z.ZodType<Plan> = z.looseObject({
  points: z.array(
    z.looseObject({
      id: positive,
      video,
      server,
      model,
      batching,
      load,
      measure,
      slo: z.looseObject({ latencyMs: z.number(), percentile: z.number() }).optional(),
    }),
  ),
  order: z.array(z.looseObject({ point: positive, repetition: positive, phaseSeed: z.number() })),
  impossible: z.array(leftOut),
  merged: z.array(leftOut),
  seed: z.number(),
  expectedS: z.number(),
})
