import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'

import type { OnProgress } from '../../system/progress.js'
import { configLines } from '../management/settings-to-type.js'
import { exportArchive, suggestedBatching } from './export-archive.js'

const folder = mkdtempSync(join(tmpdir(), 'export-archive-'))

test.each([
  ['weights', { weights: '/no/weights.pt' }, /weights file cannot be read/],
  ['handler', { weights: 'seeded', handler: '/no/handler.py' }, /handler file cannot be read/],
])('%s that are not there are refused before anything is installed', async (_, own, message) => {
  const onProgress = vi.fn<OnProgress>()
  const exporting = exportArchive({ out: join(folder, 'x.mar'), model: { name: 'm', ...own }, onProgress })
  await expect(exporting).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) })
  expect(onProgress).not.toHaveBeenCalled()
})

const archive = { modelName: 'resnet-18', modelVersion: '1.0', marName: 'resnet-18.mar' }

test('server batching sets batch size and delay', () => {
  expect(configLines(archive, suggestedBatching('server', 8, 50))).toBe(
    'load_models=resnet-18.mar\n' +
      'models={"resnet-18":{"1.0":{"marName":"resnet-18.mar","minWorkers":1,"maxWorkers":1,"batchSize":8,"maxBatchDelay":50}}}\n',
  )
})

test('client batching keeps the server from joining requests', () => {
  const lines = configLines(archive, suggestedBatching('client', 8, 50))
  expect(lines).toContain('"batchSize":1}')
  expect(lines).not.toContain('maxBatchDelay')
})
