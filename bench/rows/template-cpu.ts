import { median } from 'simple-statistics'
import type { RequestShape } from '../../src/scenario/plan/plan.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { medianAndRange } from '../parts/figures.js'
import { clientCore, serverCore } from '../parts/pinned.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'

const requestsInFlight = 8
const frameBytes = 40_000

const named: RequestShape = { field: 'frame_{i}', json: 'object' }
const template: RequestShape = { json: { instances: [{ data: '$frame' }], threshold: 0.5 } }

/** CPU per request of a template against named frames in base64, in turns on the same core. */
export async function templateCpu(bench: Bench): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const framesPerRequest of [1, 4]) rows.push(await compare(bench, framesPerRequest))
  return rows
}

async function compare({ folder, quick, say }: Bench, framesPerRequest: number): Promise<BenchRow> {
  const row = {
    what: `client CPU per request of a template against named base64 frames (K = ${framesPerRequest}, 40 KB a frame)`,
    mustReach: '≤ 1.03×',
  }
  const nginx = await startNginx(folder, serverCore)
  if (nginx === undefined) return { ...row, measured: 'nginx is not installed', reached: undefined }
  const cpuPerRequestUs = async (request: RequestShape) => {
    const { result, samples } = await runLoadChild(
      folder,
      nginx.endpoint,
      {
        load: { kind: 'closed', framesInFlight: requestsInFlight * framesPerRequest },
        framesPerRequest,
        extent: { durationMs: quick ? 1000 : 4000 },
      },
      { frames: 64, frameBytes, request, core: clientCore },
    )
    return result.cpuUs / samples.requests.count
  }
  try {
    const figures = { named: [] as number[], template: [] as number[] }
    for (let round = 0; round < (quick ? 2 : 10); round++) {
      // The order alternates, so that a drift of the machine favours neither.
      const order = round % 2 === 0 ? (['named', 'template'] as const) : (['template', 'named'] as const)
      for (const name of order) {
        figures[name].push(await cpuPerRequestUs(name === 'named' ? named : template))
      }
      say(`  ${figures.named.at(-1)!.toFixed(1)} µs, template ${figures.template.at(-1)!.toFixed(1)} µs`)
    }
    const ratios = figures.template.map((us, round) => us / figures.named[round]!)
    const both = `${median(figures.template).toFixed(1)} µs, named ${median(figures.named).toFixed(1)} µs`
    return {
      ...row,
      measured: `${medianAndRange(ratios, 3)}×: ${both}`,
      reached: median(ratios) <= 1.03,
    }
  } finally {
    await nginx.stop()
  }
}
