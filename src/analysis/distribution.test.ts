import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  nat,
  oneof,
  property,
} from 'fast-check'
import { expect, test } from 'vitest'
import { Distribution } from './distribution.js'

function distributionOf(values: readonly number[], size = {}): Distribution {
  const distribution = new Distribution(size)
  for (const value of values) distribution.add(value)
  return distribution
}

/** Asks for these order statistics, reading the values again as often as needed. */
function ask(distribution: Distribution, values: readonly number[], indexes: readonly number[]) {
  for (let readings = 0; ; readings++) {
    const found = indexes.map((index) => distribution.at(index))
    if (!distribution.isMissing) return { found, readings }
    distribution.readAgain()
    for (const value of values) distribution.again.add(value)
    distribution.endReading()
  }
}

const value = oneof(
  double({ noNaN: true, min: -1e12, max: 1e12 }),
  double({ noNaN: true, min: 999, max: 1001 }),
  integer({ min: -3, max: 3 }),
  constantFrom(0, -0, 5e-324, -5e-324, 30.000_000_1, Infinity, -Infinity),
)
const indexes = array(oneof(nat(250), integer({ min: -250, max: -1 })), { maxLength: 20 })
const size = { mostKept: 8, binBits: 3 }

test('gives every order statistic exactly, whether the values are kept or only counted', () => {
  assert(
    property(array(value, { maxLength: 200 }), indexes, boolean(), (values, ranks, isKept) => {
      const sorted = Float64Array.from(values).toSorted()
      const { found } = ask(distributionOf(values, isKept ? {} : size), values, ranks)
      // −0 is 0.
      expect(found.map((one) => one && one + 0)).toEqual(
        ranks.map((rank) => sorted.at(rank) && sorted.at(rank)! + 0),
      )
    }),
  )
})

test('all values together are those of each part, kept or counted', () => {
  assert(
    property(array(array(value, { maxLength: 30 }), { maxLength: 5 }), indexes, (parts, ranks) => {
      const together = new Distribution(size)
      for (const part of parts) together.addAll(distributionOf(part, size))
      const values = parts.flat()
      const sorted = Float64Array.from(values).toSorted()
      expect(together.length).toBe(values.length)
      const { found } = ask(together, values, ranks)
      expect(found.map((one) => one && one + 0)).toEqual(
        ranks.map((rank) => sorted.at(rank) && sorted.at(rank)! + 0),
      )
    }),
  )
})

test('an event that never happened is no value', () => {
  assert(
    property(array(oneof(value, constant(Number.NaN)), { maxLength: 40 }), (values) => {
      expect(distributionOf(values, size).length).toBe(values.filter((one) => !Number.isNaN(one)).length)
    }),
  )
})

test('many values need one more reading, and five if nearly all of them are the same', () => {
  const values = Array.from({ length: 300_000 }, (_, i) => ((i * 7919) % 300_007) / 7)
  const sorted = Float64Array.from(values).toSorted()
  const ranks = Array.from({ length: 200 }, (_, i) => i * 1499)
  const spread = ask(distributionOf(values), values, ranks)
  expect(spread).toEqual({ found: ranks.map((rank) => sorted[rank]), readings: 1 })
  const close = values.map((one) => 1 + one / 1e15)
  const closest = Float64Array.from(close).toSorted()
  const { found, readings } = ask(distributionOf(close), close, ranks)
  expect(found).toEqual(ranks.map((rank) => closest[rank]))
  expect(readings).toBeLessThanOrEqual(5)
})
