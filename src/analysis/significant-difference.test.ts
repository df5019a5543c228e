import { expect, test } from 'vitest'
import { compareFigures } from './significant-difference.js'

const figure = (value: number, halfRange: number, repetitions = 3) => ({
  value,
  low: value - halfRange,
  high: value + halfRange,
  repetitions,
})

test('a difference beyond the ranges and the threshold is significant, with the range of its ratio', () => {
  const difference = compareFigures(figure(100, 1), figure(110, 1), 0.01)
  expect(difference).toMatchObject({ significant: true, ratio: 1.1 })
  expect(difference.range!.low).toBeCloseTo(109 / 101, 9)
  expect(difference.range!.high).toBeCloseTo(111 / 99, 9)
})

test('a single repetition has no range, of the ratio neither', () => {
  expect(compareFigures(figure(100, 1, 1), figure(110, 1, 1), 0)).not.toHaveProperty('range')
  expect(compareFigures(figure(100, 1), figure(110, 1, 1), 0)).not.toHaveProperty('range')
})

test('what is not significant says why', () => {
  expect(compareFigures(figure(100, 6), figure(110, 6), 0).because).toBe('ranges-overlap')
  expect(compareFigures(figure(100, 6, 1), figure(110, 6, 1), 0).because).toBe('intervals-overlap')
  expect(compareFigures(figure(100, 0), figure(101, 0), 0)).toMatchObject({
    because: 'below-threshold',
    threshold: 0.02,
  })
  expect(compareFigures(figure(100, 0, 1), figure(104, 0, 1), 0)).toMatchObject({
    because: 'below-threshold',
    threshold: 0.05,
  })
  expect(compareFigures(figure(100, 0), figure(107, 0), 0.1).because).toBe('below-threshold')
})
