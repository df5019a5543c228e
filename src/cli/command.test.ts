import { expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { readNumber, readWholeNumber } from './command.js'

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

test.each(['0', '-3', 'Infinity', '20%', '1.1'])('a share is not %j', (given) => {
  expect(() => readNumber('--headroom', given, { to: 1 })).toThrow('--headroom is not valid')
})

test('a flag given twice is refused', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what yargs hands over for a repeated flag
  expect(() => readWholeNumber('--every', ['1', '2'] as unknown as string)).toThrow(UserError)
})
