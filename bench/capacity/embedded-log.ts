import { readFile } from 'node:fs/promises'
import type { Arrival, ReplayedBatch } from './replay-arrivals.js'

interface ExactLine {
  requests: string[]
  arrivedMs: number[]
  frames: number[]
  poppedMs: number
  dispatchedMs: number
  endMs: number
}

export interface EmbeddedLog {
  /** In order of time. */
  arrivals: Arrival[]
  /** In order of their end. */
  batches: (ReplayedBatch & { poppedMs: number })[]
}

/** The embedded server's exact log: arrivals with their times, and the batches formed from them. */
export async function readEmbeddedLog(file: string): Promise<EmbeddedLog> {
  const text = await readFile(file, 'utf8')
  const lines = text
    .trim()
    .split('\n')
    .map((line): ExactLine => JSON.parse(line))
  return {
    arrivals: lines
      .flatMap(({ requests, arrivedMs, frames }) =>
        requests.map((id, i) => ({ id, ms: arrivedMs[i]!, frames: frames[i]! })),
      )
      .toSorted((a, b) => a.ms - b.ms),
    batches: lines
      .map(({ requests, poppedMs, dispatchedMs, endMs }) => ({
        ids: requests,
        poppedMs,
        dispatchedMs,
        endMs,
      }))
      .toSorted((a, b) => a.endMs - b.endMs),
  }
}
