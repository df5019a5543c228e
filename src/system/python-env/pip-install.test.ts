import { expect, test } from 'vitest'

import type { Progress } from '../progress.js'
import { pipFailure, pipProgress } from './pip-install.js'

const where = { where: '/cache/env', code: 1, alternative: 'Or do without.' }

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
    /messages of pip/,
  ],
])('%s is named, with a way out', (_, line, message, remedy) => {
  const error = pipFailure(['Collecting torch', line], where)
  expect(error.exitCode).toBe(3)
  expect(error.message).toMatch(message)
  expect(error.parts.remedy).toMatch(remedy)
  expect(error.parts.excerpt).toContain(line)
})

test('pip’s own last lines are kept, its byte counts are not', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
  const { excerpt } = pipFailure([...lines, 'Progress 1 of 2', ''], where).parts
  expect(excerpt!.split('\n')).toHaveLength(12)
  expect(excerpt).toContain('pip: line 39')
  expect(excerpt).not.toContain('Progress')
})

function progressOf(...lines: string[]): Progress[] {
  const said: Progress[] = []
  const report = pipProgress((progress) => said.push(progress))
  for (const line of lines) report(line)
  return said
}

test('progress reports what is looked up, downloaded and unpacked', () => {
  expect(
    progressOf(
      'Looking in indexes: https://example.org/simple',
      'Collecting torchserve==0.12.0',
      '  Downloading torchserve-0.12.0-py3-none-any.whl (42.2 MB)',
      'Processing /wheels/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl (from x)',
      'Installing collected packages: torch, torchserve',
    ).map(({ text }) => text),
  ).toEqual([
    'looking up torchserve==0.12.0',
    'downloading torchserve 0.12.0 (42.2 MB)',
    'looking up torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl',
    'unpacking packages',
  ])
})

test('progress reports the share of a download if pip reports bytes', () => {
  expect(
    progressOf(
      'Downloading https://example.org/torch-2.13.0%2Bcpu-cp311-cp311-linux_x86_64.whl (190.0 MB)',
      'Progress 95000000 of 190000000',
      'Progress 5 of 0',
    ).slice(1),
  ).toEqual([
    { text: 'downloading torch 2.13.0+cpu (95 MB of 190 MB)', fraction: 0.5 },
    { text: 'downloading torch 2.13.0+cpu (0 MB)', fraction: undefined },
  ])
})
