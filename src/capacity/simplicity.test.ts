import { expect, test } from 'vitest'
import { compareSimplicity, simplerBy, type SettingCost } from './simplicity.js'

const setting = (changes: Partial<SettingCost> = {}): SettingCost => ({
  mode: 'server',
  framesPerRequest: 1,
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  workers: 1,
  ...changes,
})
const client = (framesPerRequest: number, workers = 1) =>
  setting({ mode: 'client', framesPerRequest, serverBatchSize: 1, maxBatchDelayMs: undefined, workers })
const none = setting({ serverBatchSize: 1, maxBatchDelayMs: undefined })

test('fewer workers are simpler, whatever the batching', () => {
  expect(simplerBy(client(8), { ...none, workers: 2 })).toBe('workers')
  expect(simplerBy({ ...none, workers: 2 }, client(8))).toBeUndefined()
})

test('then no batching, then the smaller batch, then server batching, then the shorter delay', () => {
  const simplestFirst = [
    none,
    setting({ serverBatchSize: 2 }),
    client(2),
    setting({ maxBatchDelayMs: 5 }),
    setting(),
    client(4),
    setting({ mode: 'hybrid', framesPerRequest: 2, serverBatchSize: 2 }),
  ]
  expect(simplestFirst.toReversed().toSorted(compareSimplicity)).toEqual(simplestFirst)
  expect(simplestFirst.slice(1).map((one, i) => simplerBy(simplestFirst[i]!, one))).toEqual([
    'batching',
    'mode',
    'batchSize',
    'maxBatchDelay',
    'mode',
    'mode',
  ])
})

test('a batch of one has no mode', () => {
  expect(compareSimplicity(none, client(1))).toBe(0)
})

test('between protocols HTTP is simpler, before the delay counts', () => {
  const grpc = setting({ protocol: 'grpc', maxBatchDelayMs: 5 })
  expect(simplerBy(setting(), grpc)).toBe('protocol')
  expect(simplerBy(grpc, setting())).toBeUndefined()
})
