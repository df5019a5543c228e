import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { pairOrder } from './pair-order.js'

test('at each look both sides have gone first equally often', () => {
  for (let seed = 0; seed < 50; seed++) {
    const order = pairOrder(20, seededRandom(seed))
    for (const look of [8, 12, 16, 20]) {
      expect(order.slice(0, look).filter((side) => side === 'baseline')).toHaveLength(look / 2)
    }
  }
})

test('the order is random, and the same for the same seed', () => {
  const orders = Array.from({ length: 50 }, (_, seed) => pairOrder(20, seededRandom(seed)).join())
  expect(new Set(orders).size).toBeGreaterThan(40)
  expect(pairOrder(20, seededRandom(7))).toEqual(pairOrder(20, seededRandom(7)))
})
