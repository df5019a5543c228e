import { noRequest, type MeasurementSamples } from '../../src/run/record.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { ms, quantile } from '../parts/figures.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startServerChild } from '../parts/start-server-child.js'
import { hundredCameras } from './send-lag.js'

const within = (found: number, expected: number) => Math.abs(found / expected - 1) <= 0.05

/**
 * The server stops for 2 s out of 20 at 100 frames per second: 10 % of the frames are captured meanwhile and wait
 * 2 s down to nothing, so that the 95th percentile is 1.0 s and the 99th 1.8 s. A generator that waits with its
 * server shows next to nothing (coordinated omission).
 */
export async function freeze({ folder, quick, say }: Bench): Promise<BenchRow> {
  const server = await startServerChild('./known-delay-server.js', 0)
  const seconds = quick ? 10 : 20
  const stopMs = seconds * 100
  try {
    const load = runLoadChild(
      folder,
      server.endpoint,
      {
        load: { ...hundredCameras, cameras: 10, fps: 10, maxInFlightPerCamera: 1000 },
        warmupMaxMs: 0,
        extent: { durationMs: seconds * 1000 },
      },
      { frames: 100, frameBytes: 40_000 },
    )
    await sleep(seconds * 400)
    const began = performance.now()
    server.process.kill('SIGSTOP')
    await sleep(stopMs)
    server.process.kill('SIGCONT')
    say(`  stopped for ${(performance.now() - began).toFixed(0)} ms`)
    const { samples } = await load
    const latencies = frameLatenciesUs(samples)
    const [p95, p99] = [quantile(latencies, 0.95), quantile(latencies, 0.99)]
    return {
      what: `freeze: server stopped ${stopMs / 1000} s in ${seconds} s at 100 frames/s`,
      mustReach: `frame latency p95 = ${ms(stopMs * 500)}, p99 = ${ms(stopMs * 900)}, ± 5 %`,
      measured: `p95 ${ms(p95)}, p99 ${ms(p99)} (${latencies.length} frames)`,
      reached: within(p95, stopMs * 500) && within(p99, stopMs * 900),
    }
  } finally {
    server.stop()
  }
}

/** Of all frames captured in the window, sorted. */
function frameLatenciesUs({ requests, frames }: MeasurementSamples): Float64Array {
  const answered = new Map<number, number>()
  for (let row = 0; row < requests.count; row++)
    answered.set(requests.request[row]!, requests.answeredUs[row]!)
  const latencies: number[] = []
  for (let row = 0; row < frames.count; row++) {
    if (frames.phase[row] !== 1 || frames.request[row] === noRequest) continue
    latencies.push(answered.get(frames.request[row]!)! - frames.capturedUs[row]!)
  }
  return Float64Array.from(latencies).toSorted()
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
