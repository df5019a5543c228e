import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'

import type { OnProgress } from '../../system/progress.js'
import { exportArchive } from './export-archive.js'

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
