import { expect, test } from 'vitest'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { batchingKey, otherDifferences, surroundingsKey } from './point-identity.js'

const one = pointOf(1, 'server', 4, closedLoad(16))
const twoWorkers = pointOf(2, 'server', 4, closedLoad(16), {
  server: { kind: 'torchserve', workers: 2 },
})
const threeWorkers = pointOf(3, 'client', 4, closedLoad(16), { server: { kind: 'torchserve', workers: 3 } })

test('names what points differ in besides batching and load', () => {
  const differences = otherDifferences([twoWorkers, threeWorkers])
  expect([differences(twoWorkers), differences(threeWorkers)]).toEqual([
    [{ name: 'server.workers', value: '2' }],
    [{ name: 'server.workers', value: '3' }],
  ])
})

test('says nothing where they are alike but for batching and the amount of load', () => {
  const points = [one, pointOf(4, 'client', 8, closedLoad(32))]
  expect(points.map(otherDifferences(points))).toEqual([[], []])
  expect(surroundingsKey(points[0]!)).toBe(surroundingsKey(points[1]!))
})

test('surroundings distinguish servers, loads and camera rates', () => {
  const points = [
    one,
    twoWorkers,
    threeWorkers,
    pointOf(5, 'server', 4, cameraLoad(4, 5)),
    pointOf(6, 'server', 4, cameraLoad(4, 10)),
  ]
  expect(new Set(points.map(surroundingsKey)).size).toBe(5)
})

test('points batch alike whatever the mode of a batch of one, but not with another encoding', () => {
  const ones = [pointOf(1, 'server', 1, closedLoad(8)), pointOf(2, 'client', 1, closedLoad(16))]
  expect(new Set(ones.map(batchingKey)).size).toBe(1)
  expect(batchingKey(one)).not.toBe(batchingKey({ batching: { ...one.batching, encoding: 'base64' } }))
  expect(batchingKey(one)).not.toBe(batchingKey(threeWorkers))
  const client = threeWorkers.batching
  expect(batchingKey({ batching: client })).not.toBe(
    batchingKey({ batching: { ...client, encoding: 'multipart' } }),
  )
})
