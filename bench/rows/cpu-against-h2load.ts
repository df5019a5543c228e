import { randomBytes } from 'node:crypto'
import { median } from 'simple-statistics'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { predictions } from '../../src/frames/message/predictions.js'
import { endpointUrl, type Endpoint } from '../../src/server/endpoint.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { medianAndRange, ms, quantile, sortedOfWindow } from '../parts/figures.js'
import { clientCore, serverCore } from '../parts/pinned.js'
import { runH2load } from '../parts/run-h2load.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNghttpd } from '../parts/start-nghttpd.js'
import { startNginx } from '../parts/start-nginx.js'
import { hundredCameras } from './send-lag.js'

const connections = 16
const frameBytes = 40_000

/** CPU per call over gRPC, ours with every call recorded to disk, in turns on the same core. */
export async function cpuAgainstH2load(bench: Bench): Promise<BenchRow> {
  return {
    what: 'client CPU per gRPC call against h2load (40 KB, 16 connections)',
    mustReach: '≤ 1.5× h2load',
    ...(await withServer(bench.folder, serverCore, (endpoint) => compareCpu(bench, endpoint))),
  }
}

/** How much later than due a call of 40 KB is sent, at 1,000 calls per second. */
export async function grpcSendLag(bench: Bench): Promise<BenchRow> {
  return {
    what: 'send lag over gRPC, 100 cameras × 10 fps, random phases',
    mustReach: 'p99 ≤ 1 ms',
    ...(await withServer(bench.folder, undefined, (endpoint) => measureLag(bench, endpoint))),
  }
}

async function withServer(
  folder: string,
  core: number | undefined,
  measure: (endpoint: Endpoint) => Promise<Measured>,
): Promise<Measured> {
  const server = await startNghttpd(folder, core)
  if (server === undefined) return { measured: 'nghttpd is not installed', reached: undefined }
  try {
    return await measure(server.endpoint)
  } finally {
    await server.stop()
  }
}

type Measured = Pick<BenchRow, 'measured' | 'reached'>

async function compareCpu({ folder, quick, say }: Bench, endpoint: Endpoint): Promise<Measured> {
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

async function measureLag(bench: Bench, endpoint: Endpoint): Promise<Measured> {
  const overGrpc = await lags(bench, endpoint)
  const nginx = await startNginx(bench.folder, undefined)
  const measured = `p50 ${ms(quantile(overGrpc, 0.5))}, p99 ${ms(quantile(overGrpc, 0.99))}`
  const reached = quantile(overGrpc, 0.99) <= 1000
  if (nginx === undefined) return { measured, reached }
  try {
    const overHttp = await lags(bench, nginx.endpoint)
    const http = `p50 ${ms(quantile(overHttp, 0.5))}, p99 ${ms(quantile(overHttp, 0.99))}`
    return { measured: `${measured} (over HTTP/1.1 in the same run: ${http})`, reached }
  } finally {
    await nginx.stop()
  }
}

async function lags({ folder, quick }: Bench, endpoint: Endpoint) {
  const { samples } = await runLoadChild(
    folder,
    endpoint,
    { load: { ...hundredCameras, fps: 10 }, extent: { durationMs: quick ? 3000 : 20_000 } },
    { frames: 300, frameBytes },
  )
  const { dueUs, sentUs } = samples.requests
  return sortedOfWindow(samples.requests, (row) => sentUs[row]! - dueUs[row]!)
}
