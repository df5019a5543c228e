import type { HandlerTimes } from './server-batch.js'

export type BatchLine =
  | { kind: 'prediction-time'; worker: string; handlerMs: number; requestIds: string[] }
  | { kind: 'handler'; worker: string; requestIds: string[]; handler: HandlerTimes }

const workerName = /\bW-(\S+?)(?:-stdout)?\s/

/**
 * A worker prints for each batch
 * `[METRICS]PredictionTime.Milliseconds:35.1|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,<epoch>,<id>,<id>`
 * which the frontend echoes into its log as `result=…, pattern=[METRICS]` (S/wlm/WorkerLifeCycle.java:388). There is no other trace of the batches
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
  const { entryNs, decodedNs, inferredNs, exitNs, requests, frames } = facts
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
  }
}

interface HandlerFacts {
  entryNs: number
  decodedNs: number
  inferredNs: number
  exitNs: number
  requests: string[]
  frames: number[]
}

/** A line cut short by the end of the file, or another program's words: not a batch. */
function parseFacts(json: string): HandlerFacts | undefined {
  let facts: Partial<HandlerFacts>
  try {
    facts = JSON.parse(json) as Partial<HandlerFacts>
  } catch {
    return undefined
  }
  const times = [facts.entryNs, facts.decodedNs, facts.inferredNs, facts.exitNs]
  const whole =
    times.every((time) => typeof time === 'number') &&
    Array.isArray(facts.requests) &&
    Array.isArray(facts.frames)
  return whole ? (facts as HandlerFacts) : undefined
}
