import { outcomes } from '../../src/run/record.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import type { Deed } from '../parts/faulty-server.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startServerChild } from '../parts/start-server-child.js'

const outcomeOf: Record<Deed, string> = {
  answer: 'ok',
  reset: 'connection-error',
  'close early': 'connection-error',
  stall: 'timeout',
  garbage: 'bad-response',
  '503': 'http-error',
}

/** Each request's outcome against what the server wrote down for the same frame. */
export async function faults({ folder, quick }: Bench): Promise<BenchRow> {
  const requests = quick ? 1000 : 10_000
  const server = await startServerChild<{ frame: number; deed: Deed }>('./faulty-server.js', 42)
  try {
    const { samples } = await runLoadChild(
      folder,
      server.endpoint,
      {
        load: { kind: 'closed', framesInFlight: 16 },
        extent: { passes: 1 },
        deadlineMs: 400,
        answer: { list: '' },
      },
      { frames: requests, frameBytes: 64 },
    )
    const expected = new Map((await server.log()).map(({ frame, deed }) => [frame, outcomeOf[deed]]))
    const tally = new Map<string, number>()
    let wrong = Math.abs(expected.size - requests) + Math.abs(samples.requests.count - requests)
    for (let row = 0; row < samples.requests.count; row++) {
      const outcome = outcomes[samples.requests.outcome[row]!]!
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
      if (expected.get(samples.requests.firstFrame[row]!) !== outcome) wrong++
    }
    const found = [...tally].map(([outcome, count]) => `${outcome} ${count}`).join(', ')
    return {
      what: `faults: ${requests} requests through a server that resets, closes early, stalls, answers garbage and 503`,
      mustReach: 'equal to that server’s own log, to the request',
      measured: `${wrong} differ (${found})`,
      reached: wrong === 0,
    }
  } finally {
    server.stop()
  }
}
