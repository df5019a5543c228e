import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cleanEnvironment, requireDiskSpace } from './make-venv.js'

const home = mkdtempSync(join(tmpdir(), 'framestorm-home-'))

test('a cache folder that cannot be made is an error of the environment', async () => {
  const file = join(home, 'a-file')
  writeFileSync(file, '')
  await expect(requireDiskSpace(join(file, 'below'), 1)).rejects.toMatchObject({ exitCode: 3 })
})

test('a cache without room is reported before anything is downloaded', async () => {
  await expect(requireDiskSpace(home, 1e18)).rejects.toMatchObject({
    exitCode: 3,
    parts: { where: home, expected: '1000000000.0 GB free' },
  })
})

test('variables that make pip install elsewhere are removed, proxies and indexes are kept', () => {
  const own = {
    PIP_TARGET: '/elsewhere',
    PYTHONPATH: '/other',
    HTTPS_PROXY: 'http://proxy',
    PIP_INDEX_URL: 'x',
  }
  expect(cleanEnvironment(own, '/temp')).toEqual({
    HTTPS_PROXY: 'http://proxy',
    PIP_INDEX_URL: 'x',
    PIP_USER: '0',
    PYTHONUNBUFFERED: '1',
    TMPDIR: '/temp',
  })
})
