import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { median } from 'simple-statistics'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { countOfWindow, medianAndRange } from '../parts/figures.js'
import { clientCore, pinned, serverCore } from '../parts/pinned.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'

const connections = 16
const bodyBytes = 40_000

/** Requests a second from one core, in turns; autocannon keeps no record of a request, ours writes each to disk. */
export async function throughputAgainstAutocannon({ folder, quick, say }: Bench): Promise<BenchRow> {
  const row = { what: 'throughput against autocannon 9 (40 KB POST, 16 connections)', mustReach: '≥ 1.4×' }
  const nginx = await startNginx(folder, serverCore)
  if (nginx === undefined) return { ...row, measured: 'nginx is not installed', reached: undefined }
  try {
    const seconds = quick ? 2 : 6
    const ratios: number[] = []
    const cpuRatios: number[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      const url = `http://127.0.0.1:${nginx.endpoint.port}/`
      const child = fileURLToPath(new URL('../parts/autocannon-child.js', import.meta.url))
      const args = [child, url, connections, seconds, bodyBytes].map(String)
      const { stdout } = await execa(...pinned(clientCore, process.execPath, args))
      const theirs: { perSecond: number; cpuUs: number } = JSON.parse(stdout)
      const { result, samples } = await runLoadChild(
        folder,
        nginx.endpoint,
        { load: { kind: 'closed', framesInFlight: connections }, extent: { durationMs: seconds * 1000 } },
        { frames: 1, frameBytes: bodyBytes, core: clientCore },
      )
      const ours = countOfWindow(samples.requests) / ((result.windowEndUs - result.windowStartUs) / 1e6)
      ratios.push(ours / theirs.perSecond)
      cpuRatios.push(theirs.cpuUs / (result.cpuUs / samples.requests.count))
      say(`  ${ours.toFixed(0)}/s, autocannon ${theirs.perSecond.toFixed(0)}/s`)
    }
    return {
      ...row,
      measured: `${medianAndRange(ratios)}×; requests for the same CPU ${medianAndRange(cpuRatios)}×`,
      reached: median(ratios) >= 1.4,
    }
  } finally {
    await nginx.stop()
  }
}
