import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { choosePython, findPython, hasPython, type PythonNeed, type PythonProbe } from './find-python.js'
import { restoreEnvironmentAfterEach } from '../restore-environment.test.support.js'

const need: PythonNeed = {
  versions: '>=3.10 <3.15',
  wanted: 'Python 3.10 to 3.14',
  purpose: 'TorchServe',
  alternative: 'Or do without.',
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pythons-'))
  process.env['PATH'] = folder
  delete process.env['FRAMESTORM_PYTHON']
})

restoreEnvironmentAfterEach()

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

test('the first usable Python on PATH is found, and broken shims and old versions are skipped', async () => {
  script('python3', 'echo "python3: command not found" >&2; exit 127')
  standIn('python3.12', '3.9.0')
  standIn('python3.11', '3.11.4')
  expect(await findPython(need)).toMatchObject({ version: '3.11.4' })
})

test('FRAMESTORM_PYTHON is the only candidate if it is set', async () => {
  standIn('python3', '3.11.4')
  process.env['FRAMESTORM_PYTHON'] = standIn('mine', '3.13.1')
  expect(await findPython(need)).toMatchObject({ version: '3.13.1' })
  process.env['FRAMESTORM_PYTHON'] = standIn('mine', '3.8.1')
  await expect(findPython(need)).rejects.toMatchObject({
    exitCode: 3,
    parts: { received: expect.stringContaining('3.8.1') },
  })
})

test('a FRAMESTORM_PYTHON that is no Python is an error, even beside a good one', async () => {
  standIn('python3', '3.11.4')
  process.env['FRAMESTORM_PYTHON'] = script('mine', 'echo hello')
  await expect(findPython(need)).rejects.toThrow('no Python was found')
})

test('a Python without venv is reported as such', async () => {
  standIn('python3', '3.11.4', false)
  await expect(findPython(need)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('has no venv module'),
    parts: { remedy: expect.stringContaining('python3.11-venv') },
  })
})

test('an old Python counts as a Python', async () => {
  expect(await hasPython()).toBe(false)
  await expect(findPython(need)).rejects.toMatchObject({ exitCode: 3 })
  standIn('python', '2.7.18')
  expect(await hasPython()).toBe(true)
})

const python = (version: string, hasVenv = true): PythonProbe => ({
  executable: `/bin/python${version}`,
  version,
  hasVenv,
})

test.each(['3.10.0', '3.11.7', '3.14.2'])('Python %s is accepted', (version) => {
  expect(choosePython([python('2.7.18'), python(version), python('3.12.1')], need).version).toBe(version)
})

test('a Python without venv is skipped if another one has it', () => {
  expect(choosePython([python('3.11.7', false), python('3.12.1')], need).version).toBe('3.12.1')
})

test.each([
  ['none at all', [], /no Python was found/, /none of python3/],
  ['only too old ones', [python('3.9.18'), python('2.7.18')], /cannot run TorchServe/, /3\.9\.18.*2\.7\.18/],
  ['only too new ones', [python('3.15.0')], /cannot run TorchServe/, /3\.15\.0/],
  ['one without venv', [python('3.9.1'), python('3.11.7', false)], /has no venv module/, /python3\.11\.7/],
])('%s is an error of the environment that says what was found', (_, probes, message, received) => {
  expect(() => choosePython(probes, need)).toThrow(
    expect.objectContaining({
      exitCode: 3,
      message: expect.stringMatching(message),
      parts: expect.objectContaining({
        received: expect.stringMatching(received),
        remedy: expect.any(String),
      }),
    }),
  )
})

test('FRAMESTORM_PYTHON is named if it is the reason', () => {
  expect(() => choosePython([], need, '/opt/python')).toThrow(
    expect.objectContaining({ parts: expect.objectContaining({ where: 'FRAMESTORM_PYTHON=/opt/python' }) }),
  )
})

test('a remedy for Debian names the package', () => {
  expect(() => choosePython([python('3.11.7', false)], need)).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({ remedy: expect.stringContaining('python3.11-venv') }),
    }),
  )
})
