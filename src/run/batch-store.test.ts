import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../system/seeded-random.js'
import { BatchStore } from './batch-store.js'
import type { BatchFormed } from './batches-formed.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-batches-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** With everything that may be known of a batch, and without. */
function batchesOf(count: number, mostRequests = 9): BatchFormed[] {
  const random = seededRandom(4)
  const some = (length: number) => Array.from({ length }, () => 1e6 * random())
  return Array.from({ length: count }, (_, batch) => {
    const requests = Math.ceil(random() * mostRequests)
    return {
      batch,
      requestsFormed: requests + 1,
      framesFormed: 2 * requests,
      framesAsked: 8,
      members: Array.from({ length: requests }, () => Math.floor(random() * 2 ** 32)),
      ...(random() < 0.9 && { worker: `900${batch % 3}-m_1.0` }),
      ...(random() < 0.9 && { handlerMs: random() }),
      ...(random() < 0.8 && { dispatch: batch % 2 === 0 ? ('full' as const) : ('before-describe' as const) }),
      ...(random() < 0.8 && {
        handler: {
          ...{ entryUs: 5e9 + random(), decodedUs: 5e9, inferredUs: 5e9, exitUs: 5e9 + random() },
          frames: Array.from({ length: requests + 1 }, () => 2),
        },
      }),
      ...(random() < 0.3 && {
        queue: {
          ...{ arrivedUs: some(requests), poppedUs: random(), dispatchedUs: random() },
          reason: 'delay' as const,
        },
      }),
      ...(random() < 0.6 && {
        origin: {
          basis: batch % 5 === 0 ? ('measured' as const) : ('inferred' as const),
          ...{ arrivedUs: some(requests), poppedUs: -random(), dispatchedUs: random() },
        },
      }),
    }
  })
}

function storeOf(batches: readonly BatchFormed[], path: string | undefined, most: number): BatchStore {
  const store = new BatchStore(path, most)
  for (const batch of batches) store.add(batch)
  return store
}

test.each([
  ['in memory', 10_000],
  ['in the file and not yet written', 5],
])('batches are read as they were added, several times at once: %s', (_, most) => {
  const batches = batchesOf(900)
  const store = storeOf(batches, join(folder, 'joined'), most)
  expect([...store]).toStrictEqual(batches)
  const other = store[Symbol.iterator]()
  other.next()
  expect([...store]).toStrictEqual(batches)
  expect(other.next().value).toStrictEqual(batches[1])
  expect(store.isComplete).toBe(true)
})

test('a long log is in a file, which has no name that a crash would leave behind', async () => {
  const batches = batchesOf(30_000)
  const store = storeOf(batches, join(folder, 'joined'), 100)
  expect(await readdir(folder)).toEqual([])
  expect([...store]).toStrictEqual(batches)
})

test('a batch may be longer than what is read at once', () => {
  const batches = [...batchesOf(3), ...batchesOf(2, 300_000), ...batchesOf(3)]
  expect([...storeOf(batches, join(folder, 'joined'), 1)]).toStrictEqual(batches)
})

test('without a file, many batches are not kept', () => {
  for (const path of [undefined, join(folder, 'absent', 'joined')]) {
    const store = storeOf(batchesOf(20), path, 10)
    expect(store.isComplete).toBe(false)
  }
  expect(existsSync(join(folder, 'absent'))).toBe(false)
})
