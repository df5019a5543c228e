import { expect, test } from 'vitest'
import { parseThresholds } from './parse-thresholds.js'

test('a threshold of a saved run that is not valid is shown by itself', () => {
  expect(() => parseThresholds(['fps > 1', 'fps == 30'])).toThrow(
    expect.objectContaining({
      exitCode: 2,
      parts: expect.objectContaining({
        where: 'thresholds',
        excerpt: '  fps == 30\n      ^^',
        received: '==',
      }),
    }),
  )
})

test('thresholds are returned in order', () => {
  expect(parseThresholds(['fps >= 30', 'errorRate < 0.1%']).map(({ metric }) => metric)).toEqual([
    'fps',
    'errorRate',
  ])
})
