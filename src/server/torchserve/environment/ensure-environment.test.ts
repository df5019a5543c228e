import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { findPython } from '../../../system/python-env/find-python.js'
import { ensureEnvironment, isManagedPlatform, requireManagedPlatform } from './ensure-environment.js'
import { environmentFolder, pythonNeed, readStamp } from './environment-folder.js'
import { restoreEnvironmentAfterEach } from '../../../system/restore-environment.test.support.js'

/** Where the environment of the Python now in force goes. */
async function folder(): Promise<string> {
  return environmentFolder(await findPython(pythonNeed))
}

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'framestorm-home-'))
  process.env['FRAMESTORM_HOME'] = home
  // A Java of our own: what is tested here is Python's side.
  const java = join(home, 'java', 'bin', 'java')
  mkdirSync(join(home, 'java', 'bin'), { recursive: true })
  writeFileSync(java, '#!/bin/sh\necho \'openjdk version "17.0.1"\' >&2\n')
  chmodSync(java, 0o755)
  process.env['JAVA_HOME'] = join(home, 'java')
})

restoreEnvironmentAfterEach()
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(text))
}

/**
 * A command that does what the installation asks of a Python, in no time: its `venv` copies itself, its pip fails
 * while the file `offline` is there, and waits for ever while `silent` is there, as pip does for a dead proxy. The real
 * ones are used in own-requirements.test.ts.
 */
function standInPython(): { python: string; offline: string; silent: string } {
  const python = join(home, 'stand-in')
  const offline = join(home, 'offline')
  const silent = join(home, 'silent')
  const probe = JSON.stringify({ executable: python, version: '3.11.4', hasVenv: true })
  const inventory = JSON.stringify({ sitePackages: home, versions: { torch: '2.13.0' } })
  writeFileSync(
    python,
    `#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip --version") echo "pip 23.2.1 from here" ;;
  "-m pip install"*)
    if [ -e "${silent}" ]; then rm "${silent}"; sleep 600; fi
    if [ -e "${offline}" ]; then echo "Temporary failure in name resolution"; exit 1; fi ;;
  *importlib.metadata*) echo '${inventory}' ;;
  *ensurepip*) echo '${probe}' ;;
esac
`,
    { mode: 0o755 },
  )
  process.env['FRAMESTORM_PYTHON'] = python
  return { python, offline, silent }
}

describe('an installation', () => {
  test('half made is noticed and made again', async () => {
    standInPython()
    const half = join(await folder(), 'lib', 'half')
    mkdirSync(dirname(half), { recursive: true })
    writeFileSync(half, '')
    await ensureEnvironment()
    expect(existsSync(half)).toBe(false)
    expect(await readStamp(await folder())).toMatchObject({ versions: { torch: '2.13.0' } })
  })

  test('whose Python was removed is made again', async () => {
    standInPython()
    const { python } = await ensureEnvironment()
    writeFileSync(python, '#!/no/such/interpreter\n')
    const said: string[] = []
    await ensureEnvironment({ onProgress: ({ text }) => said.push(text) })
    expect(said.some((text) => text.startsWith('installing'))).toBe(true)
    expect((await execa(python, ['-m', 'pip', '--version'])).stdout).toContain('pip')
  })

  test('requested twice at the same time is made once', async () => {
    standInPython()
    const said: string[] = []
    const onProgress = ({ text }: { text: string }) => said.push(text)
    await Promise.all([ensureEnvironment({ onProgress }), ensureEnvironment({ onProgress })])
    expect(said.filter((text) => text.startsWith('installing'))).toHaveLength(1)
    expect(readdirSync(join(home, 'torchserve')).filter((name) => name.includes('lock'))).toEqual([])
  })

  test('aborted while pip waits leaves no pip, and the lock is free', async () => {
    const { silent } = standInPython()
    writeFileSync(silent, '')
    const abort = new AbortController()
    const making = ensureEnvironment({ signal: abort.signal })
    await vi.waitFor(() => expect(existsSync(silent)).toBe(false), { timeout: 30_000 })
    abort.abort(new Error('enough'))
    await expect(making).rejects.toThrow('enough')
    expect(await processesNaming(await folder())).toEqual([])
    expect(existsSync(`${await folder()}.lock`)).toBe(false)
  })

  test('that pip cannot finish fails in its own words, and the next try succeeds', async () => {
    const { offline } = standInPython()
    writeFileSync(offline, '')
    await expect(ensureEnvironment()).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 3,
      message: 'pip could not reach its package index',
      parts: { excerpt: expect.stringContaining('pip: Temporary failure in name resolution') },
    })
    expect(await readStamp(await folder())).toBeUndefined()
    rmSync(offline)
    await ensureEnvironment()
    expect(await readStamp(await folder())).toBeDefined()
  })
})

test('TorchServe is run on Linux and macOS', () => {
  expect(['linux', 'darwin', 'win32'].map(isManagedPlatform)).toEqual([true, true, false])
  expect(() => requireManagedPlatform('linux')).not.toThrow()
})

test('on other systems the error names the alternatives', () => {
  expect(() => requireManagedPlatform('win32')).toThrow(
    expect.objectContaining({
      exitCode: 3,
      parts: expect.objectContaining({ remedy: expect.stringContaining('--server embedded') }),
    }),
  )
})
