import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportArchive, suggestedBatching } from './export-archive.js'
import { readArchive } from './read-archive.js'

const folder = mkdtempSync(join(tmpdir(), 'export-archive-'))

describe('an archive for the user’s own TorchServe', { timeout: 600_000 }, () => {
  test('is written with the lines that make it batch', async () => {
    const out = join(folder, 'store', 'resnet-18.mar')
    const model = { name: 'resnet-18', weights: 'seeded' }
    const archive = await exportArchive({ out, model, batching: suggestedBatching('server', 4, 50) })
    expect(await readArchive(out)).toMatchObject({ modelName: 'resnet-18', hash: archive.hash })
    expect(archive.configLines).toContain('load_models=resnet-18.mar\n')
  })

  test('that cannot be written is an error of the environment', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    const model = { name: 'resnet-18', weights: 'seeded' }
    await expect(exportArchive({ out: join(file, 'below.mar'), model })).rejects.toMatchObject({
      exitCode: 3,
      message: 'the model archive cannot be written',
    })
  })
})
