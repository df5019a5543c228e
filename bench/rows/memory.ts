import type { Bench, BenchRow } from '../parts/bench-row.js'
import { mb, ms } from '../parts/figures.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'

const row = (framesPerRequest: number) => ({
  what: `memory: 32 connections × 300 frames × 100 KB, K = ${framesPerRequest}; first send`,
  mustReach: '≤ 150 MB RSS; ≤ 200 ms',
})

/** The resident set of the whole process, payload included, and how long it takes until the first byte leaves. */
export async function memory({ folder, quick }: Bench): Promise<BenchRow[]> {
  const nginx = await startNginx(folder, undefined)
  if (nginx === undefined) {
    return [1, 8].map((k) => ({ ...row(k), measured: 'nginx is not installed', reached: undefined }))
  }
  try {
    const rows: BenchRow[] = []
    for (const framesPerRequest of [1, 8]) {
      const { result, samples } = await runLoadChild(
        folder,
        nginx.endpoint,
        {
          framesPerRequest,
          load: { kind: 'closed', framesInFlight: 32 * framesPerRequest },
          extent: { durationMs: quick ? 1000 : 5000 },
        },
        { frames: 300, frameBytes: 100_000 },
      )
      const firstSendUs = samples.requests.sentUs.reduce((least, sent) => Math.min(least, sent))
      const afterUs = result.startedClockUs + firstSendUs - result.calledClockUs
      rows.push({
        ...row(framesPerRequest),
        measured: `${mb(result.maxRssBytes)}; ${ms(afterUs)}`,
        reached: result.maxRssBytes <= 150 * 1024 * 1024 && afterUs <= 200_000,
      })
    }
    return rows
  } finally {
    await nginx.stop()
  }
}
