import { expect, test } from 'vitest'

import type { Progress } from '../../progress.js'
import { pipProgress } from './pip-progress.js'

function progressOf(...lines: string[]): Progress[] {
  const said: Progress[] = []
  const report = pipProgress((progress) => said.push(progress))
  for (const line of lines) report(line)
  return said
}

test('what is looked up, downloaded and unpacked is told', () => {
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

test('the share of a download is told where pip reports bytes', () => {
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
