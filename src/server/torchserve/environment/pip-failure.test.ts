import { expect, test } from 'vitest'

import { pipFailure } from './pip-failure.js'

test.each([
  [
    'an index out of reach',
    'WARNING: Retrying after connection broken by NewConnectionError: Temporary failure in name resolution',
    /could not reach its package index/,
    /run the command again/,
  ],
  [
    'a full disk',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    /disk is full/,
    /FRAMESTORM_HOME/,
  ],
  [
    'anything else',
    'ERROR: No matching distribution found for torch==2.13.0',
    /could not install/,
    /pip says/,
  ],
])('%s is named, with a way out', (_, line, message, remedy) => {
  const error = pipFailure(['Collecting torch', line], '/cache/env')
  expect(error.exitCode).toBe(3)
  expect(error.message).toMatch(message)
  expect(error.parts.remedy).toMatch(remedy)
  expect(error.parts.excerpt).toContain(line)
})

test('pip’s own last lines are kept, its byte counts are not', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
  const { excerpt } = pipFailure([...lines, 'Progress 1 of 2', ''], '/cache/env').parts
  expect(excerpt!.split('\n')).toHaveLength(12)
  expect(excerpt).toContain('pip: line 39')
  expect(excerpt).not.toContain('Progress')
})
