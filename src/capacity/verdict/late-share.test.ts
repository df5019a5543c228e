import { assert, constantFrom, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { decideLateShare, lateShareRule, requestsToPass, type LateCount } from './late-share.js'

const rule = { percentile: 99, ...lateShareRule }
const draws = (...counts: [requests: number, late: number][]): LateCount[] =>
  counts.map(([requests, late]) => ({ requests, late }))

test('without a late request, about 500 requests over three draws pass', () => {
  expect(requestsToPass(0, rule)).toBeGreaterThan(400)
  expect(requestsToPass(0, rule)).toBeLessThan(700)
  const third = Math.ceil(requestsToPass(0, rule) / 3)
  expect(decideLateShare(draws([third, 0], [third, 0], [third, 0]), rule)).toBe('pass')
  expect(decideLateShare(draws([third, 0], [third, 0], [third - 10, 0]), rule)).toBe('undecided')
})

test('two draws never pass, however many requests they have', () => {
  expect(decideLateShare(draws([50_000, 0], [50_000, 0]), rule)).toBe('undecided')
})

test('a draw that is shown to be late fails alone', () => {
  expect(decideLateShare(draws([1000, 0], [1000, 0], [200, 20]), rule)).toBe('fail')
  expect(decideLateShare(draws([1000, 0], [1000, 0], [200, 2]), rule)).not.toBe('fail')
})

test('a few late requests decide nothing', () => {
  expect(decideLateShare(draws([0, 0]), rule)).toBe('undecided')
  expect(decideLateShare(draws([100, 1]), rule)).toBe('undecided')
})

test('late requests that share a draw are weaker evidence than as many spread over all draws', () => {
  const spread = draws([800, 3], [800, 3], [800, 3], [800, 3])
  const together = draws([800, 0], [800, 0], [800, 12], [800, 0])
  expect(decideLateShare(spread, rule)).toBe('pass')
  expect(decideLateShare(together, rule)).toBe('undecided')
})

test('exactly the share that the percentile allows is never shown to fail, and hardly ever a pass', () => {
  for (const requests of [100, 1000, 5000])
    expect(decideLateShare(draws([requests, requests / 100]), rule)).toBe('undecided')
})

test('more late requests never turn a failure into a pass', () => {
  assert(
    property(
      integer({ min: 100, max: 3000 }),
      integer({ min: 0, max: 60 }),
      constantFrom(95, 99, 99.9),
      (n, late, percentile) => {
        const at = (some: number) =>
          decideLateShare(draws([n, some], [n, some], [n, some]), { ...rule, percentile })
        const order = ['pass', 'undecided', 'fail']
        expect(order.indexOf(at(late + 1))).toBeGreaterThanOrEqual(order.indexOf(at(late)))
      },
    ),
  )
})

test('a true share of 1.25 % of independent requests passes in one of a hundred cases at most, at any look', () => {
  const random = seededRandom(3)
  let passes = 0
  for (let one = 0; one < 1000; one++) {
    const seen: LateCount[] = []
    while (seen.length < 12) {
      let late = 0
      for (let request = 0; request < 200; request++) if (random() < 0.0125) late++
      seen.push({ requests: 200, late })
      const decision = decideLateShare(seen, rule)
      if (decision === 'pass') passes++
      if (decision !== 'undecided') break
    }
  }
  expect(passes).toBeLessThanOrEqual(10)
})
