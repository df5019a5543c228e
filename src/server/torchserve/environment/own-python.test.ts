import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { venvPython } from '../../../system/python-env/make-venv.js'
import { inspectOwnPython } from './own-python.js'

const complete = {
  pythonVersion: '3.11.4',
  sitePackages: '/site',
  missing: [] as string[],
  versions: { torchserve: '0.12.0', torch: '2.13.0' },
}

/** The folder of a virtual environment whose Python answers this. */
function venvThatAnswers(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'own-python-'))
  const python = venvPython(folder)
  mkdirSync(dirname(python), { recursive: true })
  writeFileSync(python, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return folder
}

const saying = (facts: object) => venvThatAnswers(`echo '${JSON.stringify(facts)}'`)

test('an environment is named by its folder or by its interpreter', async () => {
  const folder = saying(complete)
  const expected = { python: venvPython(folder), sitePackages: '/site', pythonVersion: '3.11.4' }
  expect(await inspectOwnPython(folder)).toMatchObject(expected)
  expect(await inspectOwnPython(venvPython(folder))).toMatchObject(expected)
})

test('what an environment lacks is named, with the command that installs it', async () => {
  const folder = saying({ ...complete, missing: ['ts', 'yaml'] })
  await expect(inspectOwnPython(folder)).rejects.toMatchObject({
    exitCode: 3,
    message: 'this Python environment lacks torchserve, pyyaml',
    parts: { remedy: expect.stringContaining(`${venvPython(folder)} -m pip install torchserve pyyaml`) },
  })
})

test.each([
  [{ ...complete, pythonVersion: '3.7.2' }, 'this Python is too old for TorchServe'],
  [{ ...complete, versions: { torchserve: '0.9.0' } }, 'this TorchServe is too old to be managed'],
])('what is too old is refused', async (facts, message) => {
  await expect(inspectOwnPython(saying(facts))).rejects.toMatchObject({ exitCode: 3, message })
})

test('a Python that does not run is refused with its output', async () => {
  await expect(inspectOwnPython(venvThatAnswers('echo "no libpython" >&2; exit 1'))).rejects.toMatchObject({
    exitCode: 3,
    message: 'this Python does not run',
    parts: { excerpt: 'no libpython' },
  })
  await expect(inspectOwnPython(venvThatAnswers('echo hello'))).rejects.toMatchObject({ exitCode: 3 })
})

test('a path without an environment is refused', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'no-venv-'))
  for (const path of [empty, join(empty, 'none')]) {
    await expect(inspectOwnPython(path)).rejects.toMatchObject({
      exitCode: 2,
      message: 'there is no Python environment at this path',
    })
  }
})
