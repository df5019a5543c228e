import { mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { markUsed, removeUnused } from './write-archive.js'

const day = 24 * 3600

test('archives unused for 30 days are removed, used ones and other files stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unused-'))
  const nowS = Date.now() / 1000
  for (const [name, days] of [
    ['old.mar', 40],
    ['used-again.mar', 40],
    ['recent.mar', 20],
    ['notes.txt', 40],
  ] as const) {
    writeFileSync(join(folder, name), '')
    utimesSync(join(folder, name), nowS - days * day, nowS - days * day)
  }
  await markUsed(join(folder, 'used-again.mar'))
  await removeUnused(folder)
  expect(readdirSync(folder).toSorted()).toEqual(['notes.txt', 'recent.mar', 'used-again.mar'])
})

test('a folder that is not there yet is no error', async () => {
  await expect(removeUnused('/no/such/folder')).resolves.toBeUndefined()
})
