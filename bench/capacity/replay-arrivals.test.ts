import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startEmbedded } from '../../src/server/embedded/start-embedded.js'
import { replayArrivals } from './replay-arrivals.js'

interface ExactLine {
  requests: string[]
  arrivedMs: number[]
  frames: number[]
  dispatchedMs: number
  endMs: number
}

test('of what reached the embedded server, the simulator forms the very same batches', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-replay-'))
  const exactLogFile = join(folder, 'batches.jsonl')
  const batching = { serverBatchSize: 4, maxBatchDelayMs: 15, workers: 2 }
  const server = await startEmbedded(
    { kind: 'embedded', tauMs: 12, alphaMs: 3, jitter: 0, workers: 2 },
    { name: 'm', weights: 'seeded', request: { field: 'frame_{i}', json: 'object' }, answer: { list: '' } },
    { batching, signal: new AbortController().signal, exactLogFile },
  )
  const { host, port, path } = server.endpoint
  try {
    // Six cameras with different phases. The time of sending does not matter, because the log has the time of arrival.
    await Promise.all(
      Array.from({ length: 6 }, async (_, camera) => {
        for (let frame = 0; frame < 20; frame++) {
          await sleep(11 + 4 * camera)
          const answer = await fetch(`http://${host}:${port}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'image/jpeg' },
            body: new Uint8Array([255, 216, camera, frame, 255, 217]),
          })
          await answer.arrayBuffer()
        }
      }),
    )
  } finally {
    await server.stop()
  }
  const log = (await readFile(exactLogFile, 'utf8'))
    .trim()
    .split('\n')
    .map((line): ExactLine => JSON.parse(line))
  await rm(folder, { recursive: true })
  const arrivals = log
    .flatMap(({ requests, arrivedMs, frames }) =>
      requests.map((id, i) => ({ id, ms: arrivedMs[i]!, frames: frames[i]! })),
    )
    .toSorted((a, b) => a.ms - b.ms)
  expect(arrivals).toHaveLength(120)
  const simulated = replayArrivals(arrivals, { ...batching, queueCapacity: 100 }, (frames) => 12 + 3 * frames)
  const byEnd = log.toSorted((a, b) => a.endMs - b.endMs)
  expect(simulated.map(({ ids }) => ids)).toEqual(byEnd.map(({ requests }) => requests))
  for (const [i, { endMs }] of simulated.entries()) expect(endMs).toBeCloseTo(byEnd[i]!.endMs, 3)
})
