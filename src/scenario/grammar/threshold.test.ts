import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../system/package-root.js'
import { pointSettingNames } from '../plan/point-settings.js'
import { metricNames } from './metric.js'
import { operators, parseThreshold, parseThresholds } from './threshold.js'
import { GrammarError } from './grammar-error.js'

function problemOf(text: string): GrammarError {
  try {
    parseThreshold(text)
  } catch (error) {
    if (error instanceof GrammarError) return error
    throw error
  }
  throw new Error(`${text} was read`)
}

test.each([
  ['fps >= 30', { metric: 'fps', operator: '>=', limit: 30 }],
  ['fps>=30', { metric: 'fps', operator: '>=', limit: 30 }],
  ['  frameLatencyP99Ms  <  1000  ', { metric: 'frameLatencyP99Ms', operator: '<', limit: 1000 }],
  ['frameLatencyP99Ms < 1.5 s', { metric: 'frameLatencyP99Ms', operator: '<', limit: 1500 }],
  ['frameLatencyP99Ms <= 800ms', { metric: 'frameLatencyP99Ms', operator: '<=', limit: 800 }],
  ['errorRate < 0.1%', { metric: 'errorRate', operator: '<', limit: 0.001 }],
  ['errorRate < 0.001', { metric: 'errorRate', operator: '<', limit: 0.001 }],
  ['batchFormedMean > 3.5 frames', { metric: 'batchFormedMean', operator: '>', limit: 3.5 }],
])('%s is read', (text, expected) => {
  expect(parseThreshold(text)).toMatchObject({ ...expected, selectors: [], text: text.trim() })
})

test('a threshold can select the points that it means', () => {
  expect(parseThreshold('fps >= 30 where mode=server, batchSize = 4').selectors).toEqual([
    { column: 'mode', value: 'server' },
    { column: 'batchSize', value: '4' },
  ])
})

test.each([
  ['', 0, 'the metric is missing'],
  ['fsp >= 30', 0, 'there is no metric "fsp"'],
  ['fps = 30', 4, 'the comparison is not valid'],
  ['fps 30', 4, 'the comparison is not valid'],
  ['fps >=', 6, 'the limit is not a number'],
  ['fps >= many', 7, 'the limit is not a number'],
  ['fps >= -3', 7, 'the limit is not a number'],
  ['fps >= 1e3', 8, '"e" is not a unit of this metric'],
  ['fps >= 30 ms', 10, '"ms" is not a unit of this metric'],
  ['requestLatencyP99Ms < 1%', 23, '"%" is not a unit of this metric'],
  ['errorRate < 5', 12, 'errorRate is a share and cannot exceed 1'],
  ['fps >= 30 and errorRate < 1%', 10, '"and" is not a unit of this metric'],
  ['fps >= 30 fps < 40', 14, 'unexpected text after the limit'],
  ['fps >= 30 where', 15, 'unknown setting of a point'],
  ['fps >= 30 where bathcSize=4', 16, 'unknown setting of a point'],
  ['fps >= 30 where batchSize 4', 26, 'batchSize has no value'],
  ['fps >= 30 where batchSize=', 26, 'batchSize has no value'],
  ['fps >= 30 where batchSize=4 mode=server', 28, 'a comma is missing between the settings'],
])('%j is refused at character %i: %s', (text, start, message) => {
  expect(problemOf(text)).toMatchObject({ piece: { start }, message: `threshold: ${message}` })
})

test('a misspelt name is answered with the nearest one', () => {
  expect(problemOf('framLatencyP99 < 1000').parts.remedy).toBe('Did you mean frameLatencyP99Ms?')
  expect(problemOf('fps > 1 where bathcSize=4').parts.remedy).toBe('Did you mean batchSize?')
  expect(problemOf('colour > 1').parts.remedy).toBeUndefined()
})

test('the grammar in the docs has exactly the words that the parser accepts', async () => {
  const text = await readFile(join(packageRoot, 'docs/gate.md'), 'utf8')
  const wordsOf = (rule: string) => {
    const production = new RegExp(`^${rule} +=((?:.|\\n +\\|)*)`, 'm').exec(text)?.[1] ?? ''
    return [...production.matchAll(/"([^"]+)"/g)].map(([, word]) => word)
  }
  expect(wordsOf('metric')).toEqual([...metricNames])
  expect(wordsOf('column')).toEqual([...pointSettingNames])
  expect(new Set(wordsOf('comparison'))).toEqual(new Set(operators))
})

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
