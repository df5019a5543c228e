import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { findPython } from '../../../system/python-env/find-python.js'
import { ensureEnvironment, isManagedPlatform, requireManagedPlatform } from './ensure-environment.js'
import { environmentFolder, pythonNeed, readStamp } from './environment-folder.js'
import { tinyWheel } from './tiny-wheel.test.support.js'

const python = await findPython(pythonNeed).catch(() => undefined)
/** Where the environment of the Python now in force goes. */
async function folder(): Promise<string> {
  return environmentFolder(await findPython(pythonNeed))
}

const kept = { ...process.env }
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

afterEach(() => {
  process.env = { ...kept }
  rmSync(home, { recursive: true, force: true })
})

/** A package index that takes requests and never answers them, as a dead proxy does. */
async function silentIndex(): Promise<{ server: Server; url: string; asked: Promise<void> }> {
  let tell: () => void
  const asked = new Promise<void>((resolve) => (tell = resolve))
  const server = createServer(() => tell())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP server')
  return { server, asked, url: `http://127.0.0.1:${address.port}/simple` }
}

async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(text))
}

describe.skipIf(python === undefined)(
  'the Python environment, by the real venv and pip',
  { timeout: 180_000 },
  () => {
    test('is made once, then found', async () => {
      const said: string[] = []
      const options = {
        packages: [tinyWheel(home)],
        onProgress: ({ text }: { text: string }) => said.push(text),
      }
      const made = await ensureEnvironment(options)
      expect(made.versions['tiny']).toBe('1.0')
      expect(made.java).toMatchObject({ source: 'JAVA_HOME', version: '17.0.1' })
      expect(said[0]).toContain(await folder())
      expect(said[0]).toMatch(/GB/)
      const { stdout } = await execa(made.python, ['-c', 'import tiny; print(tiny.value)'])
      expect(stdout).toBe('1')

      said.length = 0
      expect(await ensureEnvironment({ ...options, packages: ['/no/such/wheel'] })).toEqual(made)
      expect(said).toEqual([])
    })

    test('aborted while pip waits for its index, no pip is left and the lock is free', async () => {
      const { server, url, asked } = await silentIndex()
      process.env['PIP_INDEX_URL'] = url
      const abort = new AbortController()
      void asked.then(() => abort.abort(new Error('enough')))
      const making = ensureEnvironment({ packages: ['slow-package'], signal: abort.signal })
      await expect(making).rejects.toThrow('enough')
      expect(await processesNaming(await folder())).toEqual([])
      server.closeAllConnections()
      server.close()
      expect(existsSync(`${await folder()}.lock`)).toBe(false)
    })
  },
)

/**
 * A command that does what the installation asks of a Python, in no time: its `venv` copies itself, its pip fails
 * while the file `offline` is there.
 */
function standInPython(): { python: string; offline: string } {
  const python = join(home, 'stand-in')
  const offline = join(home, 'offline')
  const probe = JSON.stringify({ executable: python, version: '3.11.4', hasVenv: true })
  const inventory = JSON.stringify({ sitePackages: home, versions: { torch: '2.13.0' } })
  writeFileSync(
    python,
    `#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip --version") echo "pip 23.2.1 from here" ;;
  "-m pip install"*)
    if [ -e "${offline}" ]; then echo "Temporary failure in name resolution"; exit 1; fi ;;
  *importlib.metadata*) echo '${inventory}' ;;
  *ensurepip*) echo '${probe}' ;;
esac
`,
    { mode: 0o755 },
  )
  process.env['FRAMESTORM_PYTHON'] = python
  return { python, offline }
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
