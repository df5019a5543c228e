import { z } from 'zod'
import { loggedReasons } from './dispatch-reason.js'
import type { HandlerTimes, QueueTimes } from './server-batch.js'

export type BatchLine =
  | { kind: 'prediction-time'; worker: string; handlerMs: number; requestIds: string[] }
  | { kind: 'handler'; worker: string; requestIds: string[]; handler: HandlerTimes; queue?: QueueTimes }

const workerName = /\bW-(\S+?)(?:-stdout)?\s/

/**
 * A worker prints for each batch
 * `[METRICS]PredictionTime.Milliseconds:35.1|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,<epoch>,<id>,<id>`
 * which the frontend echoes into its log as `result=…, pattern=[METRICS]` (wlm/WorkerLifeCycle.java:388). There is no other trace of the batches
 * that were formed: TorchServe has no metric for their size.
 */
const predictionTime =
  /\[METRICS\]PredictionTime\.Milliseconds:([\d.]+)\|.*\|#hostname:[^,]*,\d+,([^|\s]+?)(?:, pattern=\[METRICS\])?\s*$/

const handlerMarker = '[FRAMESTORM_BATCH]'

/** What one line of the server's log says of a batch; undefined for every other line. */
export function parseBatchLine(line: string): BatchLine | undefined {
  const worker = workerName.exec(line)?.[1] ?? ''
  const metric = predictionTime.exec(line)
  if (metric !== null) {
    return {
      kind: 'prediction-time',
      worker,
      handlerMs: Number(metric[1]),
      requestIds: metric[2]!.split(','),
    }
  }
  const start = line.indexOf(handlerMarker)
  if (start < 0) return undefined
  const facts = parseFacts(line.slice(start + handlerMarker.length))
  if (facts === undefined) return undefined
  const { entryNs, decodedNs, inferredNs, exitNs, requests, frames, queue } = facts
  return {
    kind: 'handler',
    worker,
    requestIds: requests,
    handler: {
      entryUs: entryNs / 1000,
      decodedUs: decodedNs / 1000,
      inferredUs: inferredNs / 1000,
      exitUs: exitNs / 1000,
      frames,
    },
    ...(queue !== undefined && {
      queue: {
        arrivedUs: queue.arrivedNs.map((ns) => ns / 1000),
        poppedUs: queue.poppedNs / 1000,
        dispatchedUs: queue.dispatchedNs / 1000,
        reason: queue.reason,
      },
    }),
  }
}

const factsSchema = z.object({
  entryNs: z.number(),
  decodedNs: z.number(),
  inferredNs: z.number(),
  exitNs: z.number(),
  requests: z.array(z.string()),
  frames: z.array(z.number()),
  queue: z
    .object({
      arrivedNs: z.array(z.number()),
      poppedNs: z.number(),
      dispatchedNs: z.number(),
      reason: z.enum(loggedReasons),
    })
    .optional(),
})

/** A line cut short by the end of the file, or another program's words: not a batch. */
function parseFacts(json: string): z.infer<typeof factsSchema> | undefined {
  try {
    return factsSchema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}
