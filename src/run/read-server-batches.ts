import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { dispatchReasons } from '../batching/batch.js'

/**
 * The reasons that a log or its analysis can give. TorchServe also ends a batch before a DESCRIBE (`customized=true`).
 */
const loggedReasons = [...dispatchReasons, 'before-describe'] as const
export type DispatchReason = (typeof loggedReasons)[number]

/** What the handler's own log line adds to a batch. */
type Told = Pick<ServerBatch, 'handler' | 'queue'> & Partial<Pick<ServerBatch, 'requestIds'>>

/** The two lines of a batch are at most so many batches apart. */
const furthestApart = 4096

/**
 * The batches in a log, in the order in which their workers finished them. The log is read as often as they are iterated.
 */
export function readServerBatches(file: string): Iterable<ServerBatch> {
  return { [Symbol.iterator]: () => parseLog(file) }
}

function* parseLog(file: string): Generator<ServerBatch> {
  // The two lines of a batch come in either order. They belong to the same batch if they name the same first request.
  const waiting = new Map<string, Told>()
  const unfinished = new Map<string, ServerBatch>()
  const inOrder: { first: string; batch: ServerBatch }[] = []
  for (const line of readLines(file)) {
    const parsed = parseBatchLine(line)
    const first = parsed?.requestIds[0]
    if (parsed === undefined || first === undefined) continue
    if (parsed.kind === 'handler') {
      const { handler, queue, clientRequestIds } = parsed
      const reported = {
        handler,
        ...(queue !== undefined && { queue }),
        ...(clientRequestIds !== undefined && {
          requestIds: clientRequestIds.map((id, index) => (id === '' ? parsed.requestIds[index]! : id)),
        }),
      }
      const batch = unfinished.get(first)
      if (batch === undefined) waiting.set(first, reported)
      else Object.assign(batch, reported)
      if (waiting.size > furthestApart) waiting.delete(waiting.keys().next().value!)
    } else {
      const { worker, requestIds, handlerMs } = parsed
      const batch = { worker, requestIds, handlerMs, ...waiting.get(first) }
      waiting.delete(first)
      unfinished.set(first, batch)
      inOrder.push({ first, batch })
    }
    while (inOrder[0]?.batch.handler !== undefined || inOrder.length > furthestApart) {
      const { first: key, batch } = inOrder.shift()!
      unfinished.delete(key)
      yield batch
    }
  }
  for (const { batch } of inOrder) yield batch
}

function* readLines(file: string): Generator<string> {
  const fd = openSync(file, 'r')
  try {
    const chunk = Buffer.alloc(1 << 16)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (;;) {
      const bytes = readSync(fd, chunk, 0, chunk.length, null)
      if (bytes === 0) break
      const lines = (rest + decoder.write(chunk.subarray(0, bytes))).split('\n')
      rest = lines.pop()!
      yield* lines
    }
    yield rest
  } finally {
    closeSync(fd)
  }
}

type BatchLine =
  | { kind: 'prediction-time'; worker: string; handlerMs: number; requestIds: string[] }
  | {
      kind: 'handler'
      worker: string
      requestIds: string[]
      /** The ids that a client gave to requests over gRPC; '' for other requests. */
      clientRequestIds?: string[]
      handler: HandlerTimes
      queue?: QueueTimes
    }

const workerName = /\bW-(\S+?)(?:-stdout)?\s/

/**
 * A worker prints for each batch
 * `[METRICS]PredictionTime.Milliseconds:35.1|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,<epoch>,<id>,<id>` which
 * the frontend echoes into its log as `result=…, pattern=[METRICS]` (wlm/WorkerLifeCycle.java:388). There is no other
 * record of the batches that were formed: TorchServe has no metric for their size.
 */
const predictionTime =
  /\[METRICS\]PredictionTime\.Milliseconds:([\d.]+)\|.*\|#hostname:[^,]*,\d+,([^|\s]+?)(?:, pattern=\[METRICS\])?\s*$/

const handlerMarker = '[FRAMESTORM_BATCH]'

/** Parses one line of the server's log about a batch; undefined for every other line. */
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
  const { entryNs, decodedNs, inferredNs, exitNs, requests, clientRequests, frames, queue } = facts
  return {
    kind: 'handler',
    worker,
    requestIds: requests,
    ...(clientRequests !== undefined && { clientRequestIds: clientRequests }),
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
  clientRequests: z.array(z.string()).optional(),
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

/** A truncated last line, or the output of another program: not a batch. */
function parseFacts(json: string): z.infer<typeof factsSchema> | undefined {
  try {
    return factsSchema.safeParse(JSON.parse(json)).data
  } catch {
    return undefined
  }
}

/** One batch in the server's log. */
export interface ServerBatch {
  /** TorchServe's worker, such as `9000-resnet-18_1.0`. */
  worker: string
  /**
   * The id of each request, in the order of the batch: TorchServe's x-request-id, or that of the client over gRPC, where
   * TorchServe tells a client none (grpcimpl/InferenceImpl.java).
   */
  requestIds: string[]
  /** Time in the handler, as TorchServe measures it (PredictionTime). */
  handlerMs: number
  /** What Framestorm's handler logs; absent with any other handler. */
  handler?: HandlerTimes | undefined
  /** What the embedded server logs about its queue. TorchServe does not log this. */
  queue?: QueueTimes | undefined
}

/** How the batch was formed, exact, on the machine's monotonic clock. */
export interface QueueTimes {
  /** When each request joined the queue. */
  arrivedUs: number[]
  /** When a worker took the first of them. */
  poppedUs: number
  dispatchedUs: number
  reason: DispatchReason
}

/** Times inside Framestorm's handler, on the machine's monotonic clock. */
export interface HandlerTimes {
  entryUs: number
  /** When all frames were decoded and resized. */
  decodedUs: number
  /** When all answers were computed. */
  inferredUs: number
  exitUs: number
  /** Number of frames of each request; 0 if the request could not be read. */
  frames: number[]
}
