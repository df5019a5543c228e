import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { finished } from 'node:stream/promises'
import { parseBatchLine } from '../run/read-server-batches.js'

const quietMs = 150
const patienceMs = 2000

/**
 * Size of the log once it has stopped growing, bytes; 0 if there is no log yet. The server writes its log after its
 * answers, and late lines of earlier requests would be attributed to the next measurement.
 */
export async function quietLogLength(logFile: string): Promise<number> {
  const began = performance.now()
  let length = await logLength(logFile)
  for (;;) {
    await sleep(quietMs)
    const now = await logLength(logFile)
    if (now === length || performance.now() - began > patienceMs) return now
    length = now
  }
}

async function logLength(logFile: string): Promise<number> {
  try {
    return (await stat(logFile)).size
  } catch {
    return 0
  }
}

/**
 * Copies the lines about batches that the server logged since `from` into the run folder, because the server's own log
 * may be large, rotated or deleted later. The copy waits until it has stopped growing.
 */
export async function copyBatchLines(logFile: string, from: number, target: string): Promise<void> {
  const length = await quietLogLength(logFile)
  const output = createWriteStream(target)
  // A log that is shorter than before was rotated. It is read from its beginning.
  const start = from <= length ? from : 0
  if (length > start) {
    const input = createReadStream(logFile, { encoding: 'utf8', start })
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (parseBatchLine(line) === undefined) continue
      if (!output.write(`${line}\n`)) await once(output, 'drain')
    }
  }
  output.end()
  await finished(output)
}
