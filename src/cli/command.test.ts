import { expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { readNumber, readShare, readWholeNumber } from './command.js'

test('a whole number within its bounds is taken, and an absent flag stays absent', () => {
  expect(readWholeNumber('--batch-size', '4')).toBe(4)
  expect(readWholeNumber('--delay', '0', { from: 0 })).toBe(0)
  expect(readWholeNumber('--frames', undefined)).toBeUndefined()
  expect(readNumber('--fps', '7.5')).toBe(7.5)
})

test.each(['0', '-1', '1.5', '20%', 'four', '', ' ', 'Infinity', '1e99'])(
  'a whole number is not %j, and the error shows what was typed',
  (given) => {
    expect(partsOf(() => readWholeNumber('--batch-size', given))).toMatchObject({
      where: '--batch-size',
      expected: 'a whole number, 1 or more',
      received: given || 'nothing',
    })
  },
)

function partsOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return error instanceof UserError ? error.parts : error
  }
}

test.each(['0', '-3', 'Infinity', '20%', '1.1'])('a number above 0 and at most 1 is not %j', (given) => {
  expect(() => readNumber('--percentile', given, { to: 1 })).toThrow('--percentile is not valid')
})

test('a share is a number up to 1, or in percent', () => {
  const shares = ['0.8', '80%', '80 %', '1', '100%', '0.5%']
  expect(shares.map((given) => readShare('--max-utilization', given))).toEqual([0.8, 0.8, 0.8, 1, 1, 0.005])
})

test.each(['0', '0%', '-3', 'Infinity', '101%', '1.2', '20', 'abc', '', '%'])(
  'a share is not %j',
  (given) => {
    expect(partsOf(() => readShare('--max-utilization', given))).toMatchObject({
      where: '--max-utilization',
      expected: 'a share above 0 and at most 1, such as 0.8 or 80%',
      received: given || 'nothing',
    })
  },
)

test('a percentage without its sign is refused with the spelling that is right', () => {
  expect(partsOf(() => readShare('--max-utilization', '20'))).toMatchObject({
    remedy: 'For 20 %, write 20%.',
  })
})

test('a flag given twice is refused', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what yargs hands over for a repeated flag
  expect(() => readWholeNumber('--every', ['1', '2'] as unknown as string)).toThrow(UserError)
})
