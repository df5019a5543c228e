import { expect, test } from 'vitest'
import { plural } from './plural.js'

test('one is singular, none and many are plural', () => {
  expect([0, 1, 2].map((count) => plural(count, 'camera'))).toEqual(['0 cameras', '1 camera', '2 cameras'])
  expect(plural(2, 'battery', 'batteries')).toBe('2 batteries')
})
