import { mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { markUsed, removeUnusedArchives } from './kept-archives.js'

const day = 24 * 3600

test('archives unused for 30 days are removed, used ones and other files stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unused-'))
  const nowS = Date.now() / 1000
  for (const [name, days] of [
    ['old.mar', 40],
    ['used-again.mar', 40],
    ['recent.mar', 20],
    ['notes.txt', 40],
    ['old.mar.json', 40],
    ['recent.mar.json', 20],
  ] as const) {
    writeFileSync(join(folder, name), '')
    utimesSync(join(folder, name), nowS - days * day, nowS - days * day)
  }
  await markUsed(join(folder, 'used-again.mar'))
  await removeUnusedArchives(folder)
  expect(readdirSync(folder).toSorted()).toEqual([
    'notes.txt',
    'recent.mar',
    'recent.mar.json',
    'used-again.mar',
  ])
})

test('a folder that is not there yet is no error', async () => {
  await expect(removeUnusedArchives('/no/such/folder')).resolves.toBeUndefined()
})
