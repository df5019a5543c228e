import { z } from 'zod'
import type { Answer } from './call-server.js'

/** Parses the JSON of an answer; throws if it does not fit the schema. */
export function parseBody<T>(schema: z.ZodType<T>, { body }: Answer): T {
  return schema.parse(JSON.parse(body))
}

export const statusSchema = z.object({ status: z.string() })

/** The keys of a description that the cases look at. */
export const descriptionsSchema = z.array(
  z.looseObject({
    modelVersion: z.string(),
    modelUrl: z.string(),
    batchSize: z.int(),
    maxBatchDelay: z.int(),
    workers: z.array(z.looseObject({ status: z.string() })),
    jobQueueStatus: z.object({ remainingCapacity: z.int(), pendingRequests: z.int() }),
  }),
)

export const modelListSchema = z.object({
  models: z.array(z.object({ modelName: z.string(), modelUrl: z.string() })),
})
