import { array, assert, constantFrom, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { planFleet } from './plan-fleet.js'

const question = { cameras: 500, capacity: 10, maxUtilization: 0.8, spares: 1, step: 1 }

test('500 cameras at 10 a server with a fifth to spare take 63 servers, and one more in case one fails', () => {
  expect(planFleet(question)).toEqual({
    spares: 1,
    servers: 64,
    busiest: 8,
    busiestAfterLoss: 8,
    survivesLoss: true,
  })
})

test('a product that is not exact costs no server: 40 cameras at 5 · 0.8 take 10', () => {
  expect(planFleet({ ...question, cameras: 40, capacity: 5, spares: 0 }).servers).toBe(10)
  expect(
    planFleet({ ...question, cameras: 290, capacity: 100, maxUtilization: 0.29, spares: 0 }).servers,
  ).toBe(10)
})

test('a single server does not survive its own loss', () => {
  expect(planFleet({ ...question, cameras: 6, spares: 0 })).toEqual({
    spares: 0,
    servers: 1,
    busiest: 6,
    survivesLoss: false,
  })
  expect(planFleet({ ...question, cameras: 6 })).toMatchObject({ servers: 2, survivesLoss: true })
})

test('without a reserve and without a spare the loss of one is too much for the others', () => {
  expect(planFleet({ ...question, cameras: 40, maxUtilization: 1, spares: 0 })).toMatchObject({
    servers: 4,
    busiest: 10,
    busiestAfterLoss: 14,
    survivesLoss: false,
  })
})

test('cameras of one edge device stay together', () => {
  expect(
    planFleet({ ...question, cameras: 64, capacity: 24, step: 8, maxUtilization: 1, spares: 0 }),
  ).toMatchObject({
    servers: 3,
    busiest: 24,
    busiestAfterLoss: 32,
    survivesLoss: false,
  })
})

test.each([
  ['500 cameras at 1 a server take no more than 500 servers, and the spare', { capacity: 1 }, 501, 1],
  [
    'an unusable share of the capacity does not leave servers without a camera',
    { maxUtilization: 0.01 },
    501,
    1,
  ],
  ['edge devices of 8 cameras take at most one server each, and the spare', { capacity: 8, step: 8 }, 64, 8],
])('%s', (_, change, servers, busiest) => {
  expect(planFleet({ ...question, ...change })).toMatchObject({ servers, busiest, survivesLoss: true })
})

test('with one spare and single cameras, the loss of a server is always survived', () => {
  assert(
    property(
      integer({ min: 1, max: 5000 }),
      integer({ min: 1, max: 300 }),
      constantFrom(0.5, 0.8, 1),
      array(integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 1 }),
      (cameras, capacity, maxUtilization, [spares]) => {
        const fleet = planFleet({ cameras, capacity, maxUtilization, spares: spares!, step: 1 })
        expect(fleet.survivesLoss).toBe(true)
        expect(fleet.servers * fleet.busiest).toBeGreaterThanOrEqual(cameras)
        expect(fleet.servers).toBeLessThanOrEqual(cameras + spares!)
      },
    ),
  )
})
