import { expect, test } from 'vitest'
import { allocateRequests } from './columns.js'
import type { RequestColumns } from './record.js'
import { joinBatches } from './join-batches.js'

const id = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`

/** Requests 10, 11, 12 … of K frames with the given ids; '' where the request got none. */
function requestsWith(ids: string[], framesPerRequest: number): RequestColumns {
  const requests = allocateRequests(ids.length)
  for (const [row, text] of ids.entries()) {
    requests.request[row] = 10 + row
    requests.status[row] = text === '' ? 0 : 200
    requests.frames[row] = framesPerRequest
    requests.sentUs[row] = requests.answeredUs[row] = Number.NaN
    requests.serverRequestId.set(Buffer.from(text.replaceAll('-', ''), 'hex'), row * 16)
  }
  return requests
}

const batchOf = (...requestIds: string[]) => ({ worker: '9000-m_1.0', requestIds, handlerMs: 30 })

test('batches are joined by request id; the full ones are distinguished from those that the delay sent', () => {
  const requests = requestsWith([id('a'), id('b'), id('c')], 4)
  const { batches, unknownRequests, withoutBatch } = joinBatches(
    [batchOf(id('b'), id('a')), batchOf(id('c'))],
    requests,
    { serverBatchSize: 2, framesPerRequest: 4 },
  )
  expect(batches).toEqual([
    {
      batch: 0,
      worker: '9000-m_1.0',
      requestsFormed: 2,
      framesFormed: 8,
      framesAsked: 8,
      handlerMs: 30,
      dispatch: 'full',
      members: [11, 10],
    },
    expect.objectContaining({
      batch: 1,
      requestsFormed: 1,
      framesFormed: 4,
      dispatch: 'delay',
      members: [12],
    }),
  ])
  expect({ unknownRequests, withoutBatch }).toEqual({ unknownRequests: 0, withoutBatch: 0 })
})

test('a batch of other clients is omitted, and an answer without a batch is counted', () => {
  const requests = requestsWith([id('a'), '', id('d')], 1)
  const joined = joinBatches([batchOf(id('e')), batchOf(id('a'), id('f'))], requests, {
    serverBatchSize: 2,
    framesPerRequest: 1,
  })
  expect(joined.batches.map(({ members }) => members)).toEqual([[10]])
  expect(joined.unknownRequests).toBe(2)
  expect(joined.withoutBatch).toBe(1)
})

test('a refusal that stands in a batch does not make up for an answer that stands in none', () => {
  const requests = requestsWith([id('a'), id('b')], 1)
  requests.status[0] = 400
  const settings = { serverBatchSize: 1, framesPerRequest: 1 }
  expect(joinBatches([batchOf(id('a'))], requests, settings).withoutBatch).toBe(1)
})

test('ids match whatever the case of their digits', () => {
  const requests = requestsWith([id('a')], 1)
  const { batches } = joinBatches([batchOf(id('A'))], requests, { serverBatchSize: 1, framesPerRequest: 1 })
  expect(batches).toHaveLength(1)
})
