import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseBatchLine } from './parse-batch-line.js'
import type { ServerBatch } from './server-batch.js'

/** What the handler's own line adds to a batch. */
type Told = Pick<ServerBatch, 'handler' | 'queue'>

/** The batches that a log tells of, in the order in which their workers finished them. */
export async function readServerBatches(file: string): Promise<ServerBatch[]> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })
  const batches: ServerBatch[] = []
  // The two lines of a batch come in either order; they are the same batch when they name the same first request.
  const waiting = new Map<string, Told>()
  const byFirstRequest = new Map<string, ServerBatch>()
  for await (const line of lines) {
    const parsed = parseBatchLine(line)
    const first = parsed?.requestIds[0]
    if (parsed === undefined || first === undefined) continue
    if (parsed.kind === 'handler') {
      const { handler, queue } = parsed
      const told = { handler, ...(queue !== undefined && { queue }) }
      const batch = byFirstRequest.get(first)
      if (batch === undefined) waiting.set(first, told)
      else Object.assign(batch, told)
      continue
    }
    const { worker, requestIds, handlerMs } = parsed
    const batch = { worker, requestIds, handlerMs, ...waiting.get(first) }
    waiting.delete(first)
    byFirstRequest.set(first, batch)
    batches.push(batch)
  }
  return batches
}
