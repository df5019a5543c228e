import { randomBytes } from 'node:crypto'
import { median } from 'simple-statistics'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { predictions } from '../../src/frames/message/predictions.js'
import { endpointUrl } from '../../src/server/endpoint.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { medianAndRange, ms, quantile, sortedOfWindow } from '../parts/figures.js'
import { clientCore, serverCore } from '../parts/pinned.js'
import { runH2load } from '../parts/run-h2load.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNghttpd } from '../parts/start-nghttpd.js'
import { hundredCameras } from './send-lag.js'

const connections = 16
const frameBytes = 40_000

/** CPU per call over gRPC, ours with every call recorded to disk, in turns on the same core; and the send lag. */
export async function cpuAgainstH2load(bench: Bench): Promise<BenchRow[]> {
  const cpu = {
    what: 'client CPU per gRPC call against h2load (40 KB, 16 connections)',
    mustReach: '≤ 1.5× h2load',
  }
  const lag = { what: 'send lag over gRPC, 100 cameras × 10 fps, random phases', mustReach: 'p99 ≤ 1 ms' }
  const server = await startNghttpd(bench.folder, serverCore)
  if (server === undefined) {
    const absent = { measured: 'nghttpd is not installed', reached: undefined }
    return [
      { ...cpu, ...absent },
      { ...lag, ...absent },
    ]
  }
  try {
    return [
      { ...cpu, ...(await compareCpu(bench, server.endpoint)) },
      { ...lag, ...(await measureLag(bench, server.endpoint)) },
    ]
  } finally {
    await server.stop()
  }
}

type Measured = Pick<BenchRow, 'measured' | 'reached'>

async function compareCpu(
  { folder, quick, say }: Bench,
  endpoint: Parameters<typeof runLoadChild>[1],
): Promise<Measured> {
  const input = new Map([['data', randomBytes(frameBytes)]])
  const body = withGrpcPrefix(predictions.encodeRequest({ modelName: 'model', modelVersion: '', input }))
  const seconds = quick ? 2 : 8
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    const h2load = await runH2load(folder, endpointUrl(endpoint), {
      core: clientCore,
      connections,
      seconds,
      body,
    })
    if (h2load === undefined) return { measured: 'h2load is not installed', reached: undefined }
    const { result, samples } = await runLoadChild(
      folder,
      endpoint,
      { load: { kind: 'closed', framesInFlight: connections }, extent: { durationMs: seconds * 1000 } },
      { frames: 1, frameBytes, core: clientCore },
    )
    if (result.failures.length > 0) throw new Error(`a call failed: ${result.failures[0]?.message}`)
    theirs.push(h2load.cpuUs / h2load.requests)
    ours.push(result.cpuUs / samples.requests.count)
    say(`  ${ours.at(-1)!.toFixed(1)} µs, h2load ${theirs.at(-1)!.toFixed(1)} µs`)
  }
  const ratios = ours.map((us, round) => us / theirs[round]!)
  const figures = `${median(ours).toFixed(1)} µs, h2load ${median(theirs).toFixed(1)} µs`
  return { measured: `${medianAndRange(ratios)}×: ${figures}`, reached: median(ratios) <= 1.5 }
}

async function measureLag(
  { folder, quick }: Bench,
  endpoint: Parameters<typeof runLoadChild>[1],
): Promise<Measured> {
  const { samples } = await runLoadChild(
    folder,
    endpoint,
    { load: { ...hundredCameras, fps: 10 }, extent: { durationMs: quick ? 3000 : 20_000 } },
    { frames: 300, frameBytes },
  )
  const { dueUs, sentUs } = samples.requests
  const lags = sortedOfWindow(samples.requests, (row) => sentUs[row]! - dueUs[row]!)
  const p99 = quantile(lags, 0.99)
  return { measured: `p50 ${ms(quantile(lags, 0.5))}, p99 ${ms(p99)}`, reached: p99 <= 1000 }
}
