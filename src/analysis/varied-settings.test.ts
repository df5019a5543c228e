import { expect, test } from 'vitest'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { surroundings, variedSettings } from './varied-settings.js'

const one = pointOf(1, 'server', 4, closedLoad(16))
const twoWorkers = pointOf(2, 'server', 4, closedLoad(16), {
  server: { kind: 'torchserve', workers: 2 },
})
const threeWorkers = pointOf(3, 'client', 4, closedLoad(16), { server: { kind: 'torchserve', workers: 3 } })

test('names what points differ in besides batching and load', () => {
  const words = variedSettings([twoWorkers, threeWorkers])
  expect([words(twoWorkers), words(threeWorkers)]).toEqual(['server.workers 2', 'server.workers 3'])
})

test('says nothing where they are alike but for batching and the amount of load', () => {
  const points = [one, pointOf(4, 'client', 8, closedLoad(32))]
  expect(points.map(variedSettings(points))).toEqual(['', ''])
  expect(surroundings(points[0]!)).toBe(surroundings(points[1]!))
})

test('surroundings tell servers, loads and camera rates apart', () => {
  const points = [
    one,
    twoWorkers,
    threeWorkers,
    pointOf(5, 'server', 4, cameraLoad(4, 5)),
    pointOf(6, 'server', 4, cameraLoad(4, 10)),
  ]
  expect(new Set(points.map(surroundings)).size).toBe(5)
})
