import { median } from 'simple-statistics'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { medianAndRange } from '../parts/figures.js'
import { clientCore, serverCore } from '../parts/pinned.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { runWrk } from '../parts/run-wrk.js'
import { startNginx } from '../parts/start-nginx.js'

const connections = 16
const bodyBytes = 40_000

/** CPU per request of the whole process, ours with every request recorded to disk, in turns on the same core. */
export async function cpuAgainstWrk({ folder, quick, say }: Bench): Promise<BenchRow> {
  const row = {
    what: 'client CPU per request against wrk (40 KB POST, 16 connections)',
    mustReach: '≤ 1.25× wrk',
  }
  const nginx = await startNginx(folder, serverCore)
  if (nginx === undefined) return { ...row, measured: 'nginx is not installed', reached: undefined }
  try {
    const seconds = quick ? 2 : 8
    const ratios: number[] = []
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      const url = `http://127.0.0.1:${nginx.endpoint.port}/`
      const wrk = await runWrk(folder, url, { core: clientCore, connections, seconds, bodyBytes })
      if (wrk === undefined) return { ...row, measured: 'wrk is not installed', reached: undefined }
      const { result, samples } = await runLoadChild(
        folder,
        nginx.endpoint,
        { load: { kind: 'closed', framesInFlight: connections }, extent: { durationMs: seconds * 1000 } },
        { frames: 1, frameBytes: bodyBytes, core: clientCore },
      )
      theirs.push(wrk.cpuUs / wrk.requests)
      ours.push(result.cpuUs / samples.requests.count)
      ratios.push(ours.at(-1)! / theirs.at(-1)!)
      say(`  ${ours.at(-1)!.toFixed(1)} µs, wrk ${theirs.at(-1)!.toFixed(1)} µs`)
    }
    const figures = `${median(ours).toFixed(1)} µs, wrk ${median(theirs).toFixed(1)} µs`
    return { ...row, measured: `${medianAndRange(ratios)}×: ${figures}`, reached: median(ratios) <= 1.25 }
  } finally {
    await nginx.stop()
  }
}
