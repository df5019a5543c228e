import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readServerBatches } from './read-server-batches.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const metric = (ids: string, ms: number) =>
  `x W-9000-m_1.0-stdout y - [METRICS]PredictionTime.Milliseconds:${ms}|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,1,${ids}`
const handler = (ids: string[]) =>
  `x W-9000-m_1.0-stdout y - [FRAMESTORM_BATCH]${JSON.stringify({ entryNs: 1000, decodedNs: 2000, inferredNs: 3000, exitNs: 4000, requests: ids, frames: ids.map(() => 1) })}`

async function batchesOf(lines: string[]) {
  const file = join(folder, 'server.log')
  await writeFile(file, lines.join('\n'))
  return [...readServerBatches(file)]
}

test('the two lines of a batch are joined in either order', async () => {
  const batches = await batchesOf([
    handler(['a', 'b']),
    metric('a,b', 10),
    metric('c', 5),
    'noise',
    handler(['c']),
  ])
  expect(
    batches.map(({ requestIds, handlerMs, handler: times }) => [requestIds, handlerMs, times?.exitUs]),
  ).toEqual([
    [['a', 'b'], 10, 4],
    [['c'], 5, 4],
  ])
})

test('over gRPC a request has the id that its client gave it, others keep that of the server', async () => {
  const line = handler(['a', 'b']).replace('"frames"', '"clientRequests":["","0123"],"frames"')
  for (const lines of [
    [line, metric('a,b', 10)],
    [metric('a,b', 10), line],
  ]) {
    expect((await batchesOf(lines)).map(({ requestIds }) => requestIds)).toEqual([['a', '0123']])
  }
})

test('a model that is not ours leaves batches without moments inside the handler', async () => {
  const [batch] = await batchesOf([metric('a', 7)])
  expect(batch).toEqual({ worker: '9000-m_1.0', requestIds: ['a'], handlerMs: 7 })
})

test('a log without batches has none', async () => {
  expect(await batchesOf(['started', ''])).toEqual([])
})
