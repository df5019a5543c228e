import { scheduleOfThread } from '../../src/load/schedule/request-schedule.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'
import { hundredCameras } from './send-lag.js'

/** 3,000 sends per second, compared with the schedule computed here: none is early, none is missing. */
export async function neverEarly({ folder, quick }: Bench): Promise<BenchRow> {
  const seconds = quick ? 3 : 60
  const row = { what: `3,000 sends/s for ${seconds} s: sent before due; missing`, mustReach: '0; 0' }
  const nginx = await startNginx(folder, undefined)
  if (nginx === undefined) return { ...row, measured: 'nginx is not installed', reached: undefined }
  try {
    const { samples } = await runLoadChild(
      folder,
      nginx.endpoint,
      { load: hundredCameras, warmupMaxMs: 0, extent: { durationMs: seconds * 1000 } },
      { frames: 300, frameBytes: 2000 },
    )
    const { requests, frames } = samples
    const scheduled = new Map<string, number>()
    const clip = { frames: 300, cameras: hundredCameras.cameras }
    const schedule = scheduleOfThread({ load: hundredCameras, framesPerRequest: 1, phaseSeed: 1, clip }, 0, 1)
    while (schedule.peekUs() < seconds * 1e6) {
      const [frame] = schedule.next().frames
      scheduled.set(`${frame!.camera}/${frame!.tick}`, frame!.capturedUs)
    }
    const total = scheduled.size
    let early = 0
    for (let i = 0; i < requests.count; i++) if (requests.sentUs[i]! < requests.dueUs[i]!) early++
    for (let i = 0; i < frames.count; i++) {
      const key = `${frames.camera[i]}/${frames.frame[i]}`
      if (scheduled.get(key) === frames.capturedUs[i]) scheduled.delete(key)
    }
    return {
      ...row,
      measured: `${early}; ${scheduled.size} of ${total}`,
      reached: early === 0 && scheduled.size === 0,
    }
  } finally {
    await nginx.stop()
  }
}
