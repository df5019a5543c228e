import { z } from 'zod'
import { planSchema } from '../scenario/plan/plan.js'
import { type RunManifest, schemaVersion } from './run-manifest.js'

/*
 * What a run.json must have before anything is computed from it. Objects are loose: what a newer framestorm added
 * within the same version passes through, and --resume writes it back.
 */

const words = z.record(z.string(), z.string())
const count = z.int().min(0)

const server = z.looseObject({
  kind: z.enum(['torchserve', 'embedded', 'url']),
  label: z.string(),
  version: z.string().optional(),
  details: words,
})

const model = z.looseObject({ name: z.string(), weights: z.string(), archiveHash: z.string().optional() })

const video = z.looseObject({
  source: z.string(),
  frames: count,
  width: count,
  height: count,
  jpegBytesMean: z.number(),
  hash: z.string(),
})

const measurement = z.looseObject({
  point: count,
  repetition: count,
  startedAt: z.string(),
  startedClockUs: z.number().optional(),
  sampleFile: z.string(),
  batchLogFile: z.string().optional(),
  windowStartUs: z.number(),
  windowEndUs: z.number(),
  complete: z.boolean(),
  loadCpuShare: z.number().optional(),
  machineFile: z.string().optional(),
  observations: z.looseObject({}).optional(),
  notes: z.array(z.string()),
  crossCheckFps: z.number().optional(),
})

const answerReference = z.discriminatedUnion('state', [
  z.looseObject({
    state: z.literal('on'),
    frames: count,
    noise: z.number(),
    nearestDifferent: z.number(),
    tolerance: z.number(),
    power: z.number(),
    mixedUp: z.number().optional(),
  }),
  z.looseObject({ state: z.literal('off'), reason: z.string() }),
])

export const manifestSchema: z.ZodType<RunManifest> = z.looseObject({
  schemaVersion: z.literal(schemaVersion),
  framestormVersion: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  status: z.enum(['running', 'complete', 'interrupted', 'failed']),
  scenario: z.looseObject({
    name: z.string(),
    file: z.string().optional(),
    text: z.string(),
    overrides: z.array(z.string()).optional(),
    hash: z.string(),
    thresholds: z.array(z.string()).optional(),
  }),
  plan: planSchema,
  seed: z.number(),
  environment: words,
  server: server.optional(),
  model: model.optional(),
  video: video.optional(),
  encodingCosts: z.array(
    z.looseObject({
      encoding: z.enum(['raw', 'base64', 'multipart']),
      encodeUs: z.number(),
      bytesMean: z.number(),
    }),
  ),
  answerReference: answerReference.optional(),
  measurements: z.array(measurement),
})
