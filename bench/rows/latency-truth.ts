import type { Bench, BenchRow } from '../parts/bench-row.js'
import { ms, quantile, sortedOfWindow } from '../parts/figures.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startServerChild } from '../parts/start-server-child.js'
import { hundredCameras } from './send-lag.js'

/** Our request latency minus the time that the server itself had each request. */
export async function latencyTruth({ folder, quick }: Bench): Promise<BenchRow> {
  const server = await startServerChild<{ arrivedUs: number; leftUs: number }>('./known-delay-server.js', 5)
  try {
    const { samples } = await runLoadChild(
      folder,
      server.endpoint,
      { load: { ...hundredCameras, cameras: 20, fps: 15 }, extent: { durationMs: quick ? 2000 : 15_000 } },
      { frames: 100, frameBytes: 40_000 },
    )
    const log = await server.log()
    const { requests } = samples
    const id = new DataView(requests.serverRequestId.buffer)
    const errors = sortedOfWindow(requests, (row) => {
      const entry = log[id.getUint32(row * 16 + 12)]!
      return requests.answeredUs[row]! - requests.sentUs[row]! - (entry.leftUs - entry.arrivedUs)
    })
    const [p50, p99] = [quantile(errors, 0.5), quantile(errors, 0.99)]
    return {
      what: 'latency truth: request latency minus the server’s own time (300/s, 40 KB)',
      mustReach: 'p50 within 0.2 ms, p99 within 1 ms',
      measured: `p50 ${ms(p50)}, p99 ${ms(p99)}, least ${ms(errors[0]!)} (${errors.length} requests)`,
      reached: Math.abs(p50) <= 200 && Math.abs(p99) <= 1000,
    }
  } finally {
    server.stop()
  }
}
