import { setTimeout as sleep } from 'node:timers/promises'
import { endsTraceback, lastTraceback } from './load-failure.js'

/** TorchServe copies what its workers print into its log line by line, and may answer before. */
const patienceMs = 3000
const everyMs = 100

/**
 * Reads a server's log after a failure, again and again until it holds the whole last traceback: it ends with its
 * exception, and no other has followed it (Python prints the causes of an exception before it).
 *
 * @param read the log as it is now; a line that is still being written may be its last
 * @returns the log, after at most three seconds also without a traceback
 */
export async function readWithTraceback(read: () => Promise<string>): Promise<string> {
  let before: string | undefined
  for (let waitedMs = 0; ; waitedMs += everyMs) {
    const text = await read()
    const log = text.slice(0, text.lastIndexOf('\n') + 1)
    const found = lastTraceback(log)
    if (found !== undefined && found === before && endsTraceback(found)) return log
    if (waitedMs >= patienceMs) return text
    before = found
    await sleep(everyMs)
  }
}
