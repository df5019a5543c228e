import { expect, test } from 'vitest'
import type { SourceText, Span } from './located-data.js'
import { placeOf, sourceExcerpt } from './problem.js'

function spanOf(text: string, part: string, kind: SourceText['kind'] = 'file'): Span {
  const start = text.indexOf(part)
  return {
    source: { kind, label: kind === 'file' ? 'a.yaml' : '--set x', text, folder: '/' },
    start,
    end: start + part.length,
  }
}

test('the caret marks every character of the span, at the line and column from 1', () => {
  const span = spanOf('a: 1\nbb: wrong\n', 'wrong')
  expect(placeOf(span)).toBe('a.yaml:2:5')
  expect(sourceExcerpt(span)).toBe('   2 | bb: wrong\n     |     ^^^^^')
})

test('a span of several lines is marked in its first line only', () => {
  expect(sourceExcerpt(spanOf('a:\n  b: 1\n  c: 2\n', 'b: 1\n  c: 2'))).toBe('   2 |   b: 1\n     |   ^^^^')
})

test('windows line ends, tabs and control characters neither move the caret nor reach the terminal', () => {
  const span = spanOf('a: 1\r\n\tb: \u001B[31mred\r\n', 'red')
  expect(sourceExcerpt(span)).toBe('   2 |  b:  [31mred\n     |          ^^^')
})

test('only the part around the caret of a long line is shown', () => {
  const [line = '', carets = ''] = sourceExcerpt(spanOf(`a: ${'x'.repeat(300)}HERE`, 'HERE')).split('\n')
  expect(line.length).toBeLessThanOrEqual(110)
  expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE')
})

test('the very beginning and an empty text have a place, too', () => {
  expect(placeOf(spanOf('\nx', '\n'))).toBe('a.yaml:1:1')
  expect(sourceExcerpt(spanOf('', ''))).toBe('   1 | \n     | ^')
})

test('a flag has no line number, and credentials are hidden under the same caret', () => {
  const span = spanOf('server=http://me:pw@host', 'http://me:pw@host', 'flag')
  expect(placeOf(span)).toBe('--set x')
  expect(sourceExcerpt(span)).toBe('  server=http://*****@host\n         ^^^^^^^^^^^^^^^^^')
})

test('a secret is hidden as a whole', () => {
  expect(sourceExcerpt(spanOf('tokenEnv: abc-def', 'abc-def'), { secret: true })).toBe(
    '   1 | tokenEnv: *******\n     |           ^^^^^^^',
  )
})
