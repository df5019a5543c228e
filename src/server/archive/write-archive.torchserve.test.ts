import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'

import { ensurePythonEnvironment } from '../torchserve/environment/ensure-environment.js'
import { modelFolder } from './model-files.js'
import { readArchive } from './read-archive.js'
import { writeArchive } from './write-archive.js'

const folder = mkdtempSync(join(tmpdir(), 'write-archive-'))

/** What making an archive needs: an interpreter with torch. */
async function options(): Promise<{ python: string }> {
  return { python: (await ensurePythonEnvironment()).python }
}

describe('the model archive', { timeout: 600_000 }, () => {
  test('is written with seeded weights, the same bytes each time', async () => {
    const model = { name: 'resnet-18', weights: 'seeded' }
    const [one, two] = ['one.mar', 'two.mar'].map((name) => join(folder, name))
    const first = await writeArchive({ ...(await options()), out: one!, model })
    const second = await writeArchive({ ...(await options()), out: two!, model })
    expect(first.hash).toBe(second.hash)
    expect(readFileSync(one!).equals(readFileSync(two!))).toBe(true)
    expect(await readArchive(one!)).toEqual(first)
  })

  test('has a state dict with the names and shapes of torchvision’s resnet18', async () => {
    const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from model import ResNet18
print(json.dumps({name: list(value.shape) for name, value in ResNet18().state_dict().items()}))
`
    const { python } = await options()
    const { stdout } = await execa(python, ['-B', '-c', script, modelFolder])
    const shapes: unknown = JSON.parse(stdout)
    expect(shapes).toEqual(resnet18Shapes())
  })

  test.each([
    ['a file that is no state dict', 'not weights', /not a state dict/],
    ['an empty file', '', /not a state dict/],
  ])('%s is refused, and no archive is left', async (name, content, received) => {
    const weights = join(folder, `${name}.pt`)
    writeFileSync(weights, content)
    const out = join(folder, 'refused.mar')
    const writing = writeArchive({ ...(await options()), out, model: { name: 'm', weights } })
    await expect(writing).rejects.toMatchObject({
      exitCode: 2,
      parts: { received: expect.stringMatching(received) },
    })
    expect(() => readFileSync(out)).toThrow('ENOENT')
  })

  test('a state dict of another model is refused with what does not fit', async () => {
    const weights = join(folder, 'other.pt')
    const { python } = await options()
    const script = 'import sys, torch; torch.save({"fc.weight": torch.zeros(10, 7)}, sys.argv[1])'
    await execa(python, ['-c', script, weights])
    const writing = writeArchive({ python, out: join(folder, 'x.mar'), model: { name: 'm', weights } })
    await expect(writing).rejects.toMatchObject({
      exitCode: 2,
      parts: { received: expect.stringContaining('does not fit ResNet-18') },
    })
  })

  test('a state dict of ten classes is taken', async () => {
    const weights = join(folder, 'ten.pt')
    const { python } = await options()
    const script = `
import sys, torch
sys.path.insert(0, sys.argv[2])
from model import ResNet18
torch.save(ResNet18(10).state_dict(), sys.argv[1])
`
    await execa(python, ['-B', '-c', script, weights, modelFolder])
    const archive = await writeArchive({
      python,
      out: join(folder, 'ten.mar'),
      model: { name: 'm', weights },
    })
    expect(await readArchive(archive.file)).toEqual(archive)
  })
})

test.each([
  ['weights that are not there', { weights: '/no/such/file.pt' }, 2, /weights file cannot be read/],
  [
    'a handler that is not there',
    { weights: 'seeded', handler: '/no/handler.py' },
    2,
    /handler file cannot be read/,
  ],
])('%s are refused before anything is started', async (_, model, exitCode, message) => {
  const writing = writeArchive({
    python: '/no/python',
    out: join(folder, 'never.mar'),
    model: { name: 'm', ...model },
  })
  await expect(writing).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) })
})

/** He et al. 2016, table 1, in torchvision's names (torchvision/models/resnet.py). */
function resnet18Shapes(): Record<string, number[]> {
  const shapes: Record<string, number[]> = {}
  const norm = (name: string, channels: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      shapes[`${name}.${part}`] = [channels]
    shapes[`${name}.num_batches_tracked`] = []
  }
  shapes['conv1.weight'] = [64, 3, 7, 7]
  norm('bn1', 64)
  let inputs = 64
  for (const [index, channels] of [64, 128, 256, 512].entries()) {
    for (const block of [0, 1]) {
      const name = `layer${index + 1}.${block}`
      shapes[`${name}.conv1.weight`] = [channels, inputs, 3, 3]
      norm(`${name}.bn1`, channels)
      shapes[`${name}.conv2.weight`] = [channels, channels, 3, 3]
      norm(`${name}.bn2`, channels)
      if (inputs !== channels) {
        shapes[`${name}.downsample.0.weight`] = [channels, inputs, 1, 1]
        norm(`${name}.downsample.1`, channels)
      }
      inputs = channels
    }
  }
  shapes['fc.weight'] = [1000, 512]
  shapes['fc.bias'] = [1000]
  return shapes
}
