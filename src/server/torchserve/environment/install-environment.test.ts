import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { strToU8, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ensureEnvironment } from './ensure-environment.js'
import { environmentFolder, environmentPython, readStamp } from './environment-folder.js'
import { findPython } from './find-python.js'

const python = await findPython().catch(() => undefined)
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

/** A wheel that installs in a moment and without a network. */
function tinyWheel(): string {
  const info = 'tiny-1.0.dist-info'
  const wheel = zipSync({
    'tiny.py': strToU8('value = 1\n'),
    [`${info}/METADATA`]: strToU8('Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n'),
    [`${info}/WHEEL`]: strToU8(
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ),
    [`${info}/RECORD`]: strToU8(''),
  })
  const file = join(home, 'tiny-1.0-py3-none-any.whl')
  writeFileSync(file, wheel)
  return file
}

/** A package index that takes requests and never answers them, as a dead proxy does. */
async function silentIndex(): Promise<{ server: Server; url: string; asked: Promise<void> }> {
  let tell: () => void
  const asked = new Promise<void>((resolve) => (tell = resolve))
  const server = createServer(() => tell())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, asked, url: `http://127.0.0.1:${port}/simple` }
}

async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(text))
}

describe.skipIf(python === undefined)('the Python environment', { timeout: 180_000 }, () => {
  const folder = () => environmentFolder(python!)

  test('is made once, then found', async () => {
    const said: string[] = []
    const options = { packages: [tinyWheel()], onProgress: ({ text }: { text: string }) => said.push(text) }
    const made = await ensureEnvironment(options)
    expect(made.versions['tiny']).toBe('1.0')
    expect(made.java).toMatchObject({ source: 'JAVA_HOME', version: '17.0.1' })
    expect(said[0]).toContain(folder())
    expect(said[0]).toMatch(/GB/)
    const { stdout } = await execa(made.python, ['-c', 'import tiny; print(tiny.value)'])
    expect(stdout).toBe('1')

    said.length = 0
    expect(await ensureEnvironment({ ...options, packages: ['/no/such/wheel'] })).toEqual(made)
    expect(said).toEqual([])
  })

  test('half made is noticed and made anew', async () => {
    mkdirSync(join(folder(), 'lib'), { recursive: true })
    writeFileSync(join(folder(), 'lib', 'half'), '')
    await ensureEnvironment({ packages: [tinyWheel()] })
    expect(existsSync(join(folder(), 'lib', 'half'))).toBe(false)
    expect(await readStamp(folder())).toBeDefined()
  })

  test('whose Python was taken away is made anew', async () => {
    const packages = [tinyWheel()]
    await ensureEnvironment({ packages })
    rmSync(environmentPython(folder()))
    writeFileSync(environmentPython(folder()), '#!/no/such/python\n', { mode: 0o755 })
    await ensureEnvironment({ packages })
    await execa(environmentPython(folder()), ['-c', 'import tiny'])
  })

  test('asked for twice at once is made once', async () => {
    const packages = [tinyWheel()]
    const said: string[] = []
    const onProgress = ({ text }: { text: string }) => said.push(text)
    await Promise.all([
      ensureEnvironment({ packages, onProgress }),
      ensureEnvironment({ packages, onProgress }),
    ])
    expect(said.filter((text) => text.startsWith('installing'))).toHaveLength(1)
    expect(said.some((text) => text.startsWith('waiting for process'))).toBe(true)
    expect(readdirSync(join(home, 'torchserve')).filter((name) => name.includes('lock'))).toEqual([])
  })

  test('pip that cannot get its packages fails in its own words, and the next try goes on', async () => {
    process.env['PIP_NO_INDEX'] = '1'
    const failing = ensureEnvironment({ packages: ['no-such-package-at-all'] })
    await expect(failing).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 3,
      parts: { excerpt: expect.stringContaining('no-such-package-at-all') },
    })
    expect(await readStamp(folder())).toBeUndefined()
    await ensureEnvironment({ packages: [tinyWheel()] })
    expect(await readStamp(folder())).toBeDefined()
  })

  test('aborted while pip waits for its index, no pip is left and the lock is free', async () => {
    const { server, url, asked } = await silentIndex()
    process.env['PIP_INDEX_URL'] = url
    const abort = new AbortController()
    void asked.then(() => abort.abort(new Error('enough')))
    const making = ensureEnvironment({ packages: ['slow-package'], signal: abort.signal })
    await expect(making).rejects.toThrow('enough')
    expect(await processesNaming(folder())).toEqual([])
    server.closeAllConnections()
    server.close()
    delete process.env['PIP_INDEX_URL']
    await ensureEnvironment({ packages: [tinyWheel()] })
  })
})

test('a cache folder that cannot be made is an error of the environment', async () => {
  const { checkDiskSpace } = await import('./check-disk-space.js')
  const file = join(home, 'a-file')
  writeFileSync(file, '')
  await expect(checkDiskSpace(join(file, 'below'), 1)).rejects.toMatchObject({ exitCode: 3 })
})

test('a cache without room is told before anything is downloaded', async () => {
  const { checkDiskSpace } = await import('./check-disk-space.js')
  await expect(checkDiskSpace(home, 1e18)).rejects.toMatchObject({
    exitCode: 3,
    parts: { where: home, expected: '1000000000.0 GB free' },
  })
})
