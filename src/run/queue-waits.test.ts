import { expect, test } from 'vitest'
import type { BatchFormed } from './batches-formed.js'
import { withOrigins } from './queue-waits.js'

const startedClockUs = 5e9

/** A batch of requests, entered and left at these ms of the measurement. */
function batchOf(
  members: number[],
  enteredMs: number,
  exitMs: number,
  changes: Partial<BatchFormed> = {},
): BatchFormed {
  const at = (ms: number) => startedClockUs + ms * 1000
  return {
    batch: 0,
    worker: '9000-m_1.0',
    requestsFormed: members.length,
    framesFormed: members.length,
    framesAsked: 4,
    members,
    handler: {
      entryUs: at(enteredMs),
      decodedUs: at(enteredMs),
      inferredUs: at(exitMs),
      exitUs: at(exitMs),
      frames: members.map(() => 1),
    },
    ...changes,
  }
}

/** [popped, dispatched] in ms of each batch; requests were sent at these ms. */
function originsOf(batches: BatchFormed[], sentMs: number[], serverBatchSize = 4) {
  const withRequests = batches.map((batch) => ({
    batch,
    sentUs: batch.members.map((request) => sentMs[request]! * 1000),
  }))
  const settings = { serverBatchSize, maxBatchDelayMs: 50, startedClockUs }
  return Array.from(
    withOrigins(withRequests, settings),
    ({ origin }) => origin && [origin.poppedUs / 1000, origin.dispatchedUs / 1000],
  )
}

test('the worked example: arrivals at 0, 10, 20 and 200 ms, one worker of 30 ms', () => {
  const batches = [batchOf([0, 1, 2], 51, 81), batchOf([3], 251, 281)]
  expect(originsOf(batches, [0, 10, 20, 200])).toEqual([
    [0, 50],
    [200, 250],
  ])
})

test('the worked example with 300 ms: the second batch is popped when its worker is free, and waits again', () => {
  const batches = [batchOf([0, 1, 2], 51, 351), batchOf([3], 402, 702)]
  expect(originsOf(batches, [0, 10, 20, 200])).toEqual([
    [0, 50],
    [351, 401],
  ])
})

test('with two workers the second collects once the first batch has left', () => {
  const other = { worker: '9001-m_1.0' }
  const batches = [batchOf([0, 1, 2, 3], 31, 331), batchOf([4, 5], 81, 381, other)]
  expect(originsOf(batches, [0, 10, 20, 30, 30.5, 60])).toEqual([
    [0, 30],
    [30.5, 80.5],
  ])
})

test('a full batch leaves with its last request; one that waited in the queue leaves when it is popped', () => {
  expect(originsOf([batchOf([0, 1], 11, 41)], [0, 10], 2)).toEqual([[0, 10]])
  const queued = [batchOf([0, 1], 11, 41), batchOf([2, 3], 42, 70)]
  expect(originsOf(queued, [0, 10, 12, 14], 2)[1]).toEqual([41, 41])
})

test('a batch of one never waits', () => {
  expect(originsOf([batchOf([0], 1, 30)], [0], 1)).toEqual([[0, 0]])
})

test('what the algorithm could not have formed is not made to fit', () => {
  // The members lie further apart than the delay.
  expect(originsOf([batchOf([0, 1], 120, 150)], [0, 100])).toEqual([undefined])
  // It was entered before the delay was over: a DESCRIBE cut it.
  expect(originsOf([batchOf([0, 1], 20, 50)], [0, 10])).toEqual([undefined])
  // A stranger's request is in it.
  expect(originsOf([batchOf([0, 1], 52, 80, { requestsFormed: 3 })], [0, 10])).toEqual([undefined])
})

test('a batch without moments inside its handler has no origin, and takes none from the others', () => {
  const unknown = batchOf([0], 0, 0, { handler: undefined })
  expect(originsOf([unknown, batchOf([1], 51, 80)], [0, 0])).toEqual([undefined, [0, 50]])
})

test('what the server reported is taken as it is, and marked as measured', () => {
  const queue = {
    arrivedUs: [startedClockUs + 700],
    poppedUs: startedClockUs + 900,
    dispatchedUs: startedClockUs + 50_900,
    reason: 'delay' as const,
  }
  const batch = batchOf([0], 51, 80, { queue })
  const settings = { serverBatchSize: 4, maxBatchDelayMs: 50, startedClockUs }
  const [known] = withOrigins([{ batch, sentUs: [0] }], settings)
  expect(known?.origin).toEqual({
    basis: 'measured',
    arrivedUs: [700],
    poppedUs: 900,
    dispatchedUs: 50_900,
  })
})
