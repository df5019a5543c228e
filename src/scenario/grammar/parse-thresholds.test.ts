import { expect, test } from 'vitest'
import { UserError, formatUserError } from '../../system/user-error.js'
import type { WrittenThreshold } from '../load-scenario.js'
import { spanOfValue } from '../text/located-data.js'
import { parseYaml } from '../text/parse-yaml.js'
import { scenarioSchema } from '../schema/scenario-schema.js'
import { parseThresholds } from './parse-thresholds.js'

function writtenIn(yaml: string): WrittenThreshold[] {
  const { data } = parseYaml({ kind: 'file', label: 'night.yaml', text: yaml, folder: '/' })
  const texts = scenarioSchema.shape.thresholds.parse(Object(data.value)['thresholds']) ?? []
  return texts.map((text, index) => ({ text, span: spanOfValue(data, ['thresholds', index]) }))
}

function errorOf(written: WrittenThreshold[]): UserError {
  try {
    parseThresholds(written, 'night.yaml')
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('the thresholds were read')
}

test('a mistake is shown at its line and column, inside the quotes', () => {
  const error = errorOf(writtenIn('name: night\nthresholds: [ "fps >= 30", "errorRat < 1%" ]\n'))
  expect(error.exitCode).toBe(2)
  expect(formatUserError(error)).toBe(
    [
      'error: threshold: there is no metric "errorRat"',
      '  at        night.yaml:2:29',
      '',
      '   2 | thresholds: [ "fps >= 30", "errorRat < 1%" ]',
      '     |                             ^^^^^^^^',
      '',
      `  expected  ${error.parts.expected}`,
      '  received  errorRat',
      '  remedy    Did you mean errorRate?',
    ].join('\n'),
  )
})

test('all mistakes are told at once', () => {
  const error = errorOf(writtenIn('thresholds:\n  - fps = 30\n  - fps >= 30\n  - frameLatencyP99Ms < soon\n'))
  expect(error.message).toBe('2 problems in night.yaml')
  expect(error.parts.excerpt).toContain('night.yaml:2:9')
  expect(error.parts.excerpt).toContain('night.yaml:4:25')
})

test('a threshold without a file is shown by itself', () => {
  const error = errorOf([{ text: 'fps == 30', span: undefined }])
  expect(error.parts).toMatchObject({ where: 'thresholds', excerpt: '  fps == 30\n      ^^', received: '==' })
})

test('readable thresholds are returned in order', () => {
  const thresholds = parseThresholds(writtenIn('thresholds: ["fps >= 30", "errorRate < 0.1%"]'), 'night.yaml')
  expect(thresholds.map(({ metric }) => metric)).toEqual(['fps', 'errorRate'])
})
