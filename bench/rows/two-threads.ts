import { availableParallelism } from 'node:os'
import { median } from 'simple-statistics'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { countOfWindow, medianAndRange } from '../parts/figures.js'
import { runLoadChild } from '../parts/run-load-child.js'
import { startNginx } from '../parts/start-nginx.js'

/**
 * Two load threads against one. On a machine of two cores the server has to be next to nothing beside the client:
 * small requests, and an answer that nginx sends from memory and that we parse, check and compare number by number.
 */
export async function twoThreads({ folder, quick, say }: Bench): Promise<BenchRow> {
  const row = { what: 'two load threads on two cores against one', mustReach: '≥ 1.6×' }
  if (availableParallelism() < 2) return { ...row, measured: 'this machine has one core', reached: undefined }
  const result = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`class ${i}`, i / 100]))
  const framesPerRequest = 8
  const answer = JSON.stringify(Array.from({ length: framesPerRequest }, () => result))
  const nginx = await startNginx(folder, undefined, answer)
  if (nginx === undefined) return { ...row, measured: 'nginx is not installed', reached: undefined }
  try {
    const ratios: number[] = []
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const rates: number[] = []
      for (const threads of [1, 2]) {
        const { samples } = await runLoadChild(
          folder,
          nginx.endpoint,
          {
            framesPerRequest,
            load: { kind: 'closed', framesInFlight: 32 * framesPerRequest },
            threads,
            answer: { list: '' },
            comparison: {
              rules: { compared: 'numbers', ignored: [], unordered: [] },
              json: true,
              singleKeys: [],
              references: Array.from({ length: 10 }, () => result),
            },
            extent: { durationMs: quick ? 1000 : 5000 },
          },
          { frames: 10, frameBytes: 300 },
        )
        rates.push(countOfWindow(samples.requests))
      }
      say(`  ${rates.join(' and ')} requests`)
      ratios.push(rates[1]! / rates[0]!)
    }
    return {
      ...row,
      measured: `${medianAndRange(ratios)}×, checking answers of ${answer.length} bytes`,
      reached: median(ratios) >= 1.6,
    }
  } finally {
    await nginx.stop()
  }
}
