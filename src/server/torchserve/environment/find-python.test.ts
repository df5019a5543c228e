import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { findPython, hasPython } from './find-python.js'

const kept = { ...process.env }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pythons-'))
  process.env['PATH'] = folder
  delete process.env['FRAMESTORM_PYTHON']
})

afterEach(() => {
  process.env = { ...kept }
})

/** A command that answers as a Python of that version would. */
function standIn(name: string, version: string, hasVenv = true): string {
  const answer = JSON.stringify({ executable: join(folder, name), version, hasVenv })
  return script(name, `echo '${answer}'`)
}

function script(name: string, body: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}

test('the first usable Python on PATH is found, past broken shims and old versions', async () => {
  script('python3', 'echo "python3: command not found" >&2; exit 127')
  standIn('python3.12', '3.9.0')
  standIn('python3.11', '3.11.4')
  expect(await findPython()).toMatchObject({ version: '3.11.4' })
})

test('FRAMESTORM_PYTHON comes before PATH, and alone', async () => {
  standIn('python3', '3.11.4')
  process.env['FRAMESTORM_PYTHON'] = standIn('mine', '3.13.1')
  expect(await findPython()).toMatchObject({ version: '3.13.1' })
  process.env['FRAMESTORM_PYTHON'] = standIn('mine', '3.8.1')
  await expect(findPython()).rejects.toMatchObject({
    exitCode: 3,
    parts: { received: expect.stringContaining('3.8.1') },
  })
})

test('a FRAMESTORM_PYTHON that is no Python is an error, even beside a good one', async () => {
  standIn('python3', '3.11.4')
  process.env['FRAMESTORM_PYTHON'] = script('mine', 'echo hello')
  await expect(findPython()).rejects.toThrow('no Python was found')
})

test('one without venv is told as such', async () => {
  standIn('python3', '3.11.4', false)
  await expect(findPython()).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('without its venv module'),
    parts: { remedy: expect.stringContaining('python3.11-venv') },
  })
})

test('without any there is none, with an old one there is', async () => {
  expect(await hasPython()).toBe(false)
  await expect(findPython()).rejects.toMatchObject({ exitCode: 3 })
  standIn('python', '2.7.18')
  expect(await hasPython()).toBe(true)
})
