import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { CameraLoad } from '../../src/scenario/plan/plan.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { ms, percent, quantile, sortedOfWindow } from '../parts/figures.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'

export const hundredCameras: CameraLoad = {
  kind: 'cameras',
  cameras: 100,
  fps: 30,
  phases: 'random',
  maxInFlightPerCamera: 100,
  queue: { policy: 'queue', depth: 10_000 },
  camerasPerClient: 1,
}

/** How much later than due a frame of 40 KB is sent, and what pacing alone costs. */
export async function sendLag({ folder, quick }: Bench): Promise<BenchRow[]> {
  const rows = [
    {
      what: 'send lag, 100 cameras × 30 fps, random phases, nginx answering',
      mustReach: 'p50 ≤ 0.1 ms, p99 ≤ 1 ms',
    },
    { what: 'pacing those 3,000 sends per second', mustReach: '≤ 15 % of a core' },
  ] as const
  const nginx = await startNginx(folder, undefined)
  if (nginx === undefined) {
    return rows.map((row) => ({ ...row, measured: 'nginx is not installed', reached: undefined }))
  }
  try {
    const seconds = quick ? 3 : 20
    const { result, samples } = await runLoadChild(
      folder,
      nginx.endpoint,
      { load: hundredCameras, extent: { durationMs: seconds * 1000 } },
      { frames: 300, frameBytes: 40_000 },
    )
    const { dueUs, sentUs } = samples.requests
    const lags = sortedOfWindow(samples.requests, (row) => sentUs[row]! - dueUs[row]!)
    const [p50, p99] = [quantile(lags, 0.5), quantile(lags, 0.99)]
    const pacing = await pacingAlone(seconds)
    return [
      { ...rows[0], measured: `p50 ${ms(p50)}, p99 ${ms(p99)}`, reached: p50 <= 100 && p99 <= 1000 },
      {
        ...rows[1],
        measured: `${percent(pacing)} (with sending and recording: ${percent(result.loadCpuShare ?? Number.NaN)})`,
        reached: pacing <= 0.15,
      },
    ]
  } finally {
    await nginx.stop()
  }
}

async function pacingAlone(seconds: number): Promise<number> {
  const child = fileURLToPath(new URL('../parts/pacing-child.js', import.meta.url))
  const settings = {
    load: hundredCameras,
    framesPerRequest: 1,
    phaseSeed: 1,
    clip: { frames: 300, cameras: 100 },
  }
  const { stdout } = await execa(process.execPath, [child, JSON.stringify(settings), String(seconds)])
  const { cpuShare }: { cpuShare: number } = JSON.parse(stdout)
  return cpuShare
}
