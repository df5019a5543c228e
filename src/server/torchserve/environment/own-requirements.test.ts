import { createServer, type Server } from 'node:http'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findPython } from '../../../system/python-env/find-python.js'
import { ensureEnvironment } from './ensure-environment.js'
import { environmentFolder, pythonNeed, stampFile } from './environment-folder.js'
import { constraintsFor, ensureRequirements, readRequirements, removeUnused } from './own-requirements.js'
import { tinyWheel } from './tiny-wheel.test.support.js'

const python = await findPython(pythonNeed).catch(() => undefined)
const folder = mkdtempSync(join(tmpdir(), 'requirements-'))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('the files that a requirements file includes count as its content, also in a circle', async () => {
  const file = write('a.txt', '-r b.txt  # more\n--constraint=c.txt\nopencv-python-headless\n')
  write('b.txt', '-r a.txt\nrequests\n')
  write('c.txt', 'numpy<2\n')
  const before = await readRequirements(file)
  expect(before.text).toContain('requests')
  write('c.txt', 'numpy<3\n')
  expect((await readRequirements(file)).hash).not.toBe(before.hash)
})

test('a requirements file that is missing, or includes one that is, is refused with its path', async () => {
  await expect(readRequirements(join(folder, 'none.txt'))).rejects.toMatchObject({
    exitCode: 2,
    parts: { where: join(folder, 'none.txt'), remedy: 'Check the path in server.requirements.' },
  })
  await expect(readRequirements(write('d.txt', '-r gone.txt\n'))).rejects.toMatchObject({
    parts: { where: join(folder, 'gone.txt'), remedy: `Check the path in ${join(folder, 'd.txt')}.` },
  })
})

test.each([
  ['', 'an empty file'],
  ['\n# later\n  # more\n', 'comments only'],
])('a requirements file that requires nothing is refused', async (text, received) => {
  await expect(readRequirements(write('e.txt', text))).rejects.toMatchObject({
    exitCode: 2,
    parts: { received },
  })
})

test('torch and TorchServe stay those of the managed environment unless the file names them', () => {
  const versions = { torch: '2.13.0+cpu', torchserve: '0.12.0', numpy: '2.4.6' }
  expect(constraintsFor('torchvision\n', versions)).toEqual(['torch==2.13.0', 'torchserve==0.12.0'])
  expect(constraintsFor('Torch==2.5.1\n', versions)).toEqual(['torchserve==0.12.0'])
})

test('environments that no run used for 30 days are removed, all others stay', async () => {
  const base = join(folder, 'base')
  const made = (name: string, daysAgo: number): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    writeFileSync(stampFile(path), '{}')
    const used = Date.now() / 1000 - daysAgo * 24 * 3600
    utimesSync(stampFile(path), used, used)
    return path
  }
  const [kept, recent, old, other] = [
    made('base', 99),
    made('base-1', 29),
    made('base-2', 31),
    made('c-2', 99),
  ]
  await removeUnused(base)
  expect([kept, recent, old, other].map((path) => existsSync(path))).toEqual([true, true, false, true])
})

afterEach(() => {
  vi.unstubAllEnvs()
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

describe.skipIf(python === undefined)('by the real venv and pip', { timeout: 180_000 }, () => {
  // All tests have the same managed environment, which takes a venv and pip to make.
  const home = mkdtempSync(join(tmpdir(), 'requirements-home-'))
  const wheels = mkdtempSync(join(tmpdir(), 'wheels-'))
  const packages = [tinyWheel(wheels, { name: 'shared' }), tinyWheel(wheels, { name: 'both', value: 1 })]
  beforeEach(() => {
    vi.stubEnv('FRAMESTORM_HOME', home)
    // A Java of our own: what is tested here is Python's side.
    const java = join(home, 'java', 'bin', 'java')
    mkdirSync(dirname(java), { recursive: true })
    writeFileSync(java, '#!/bin/sh\necho \'openjdk version "17.0.1"\' >&2\n', { mode: 0o755 })
    vi.stubEnv('JAVA_HOME', join(home, 'java'))
  })

  test('the managed environment is made once, then found', async () => {
    const said: string[] = []
    const options = { packages, onProgress: ({ text }: { text: string }) => said.push(text) }
    const made = await ensureEnvironment(options)
    expect(made.versions).toMatchObject({ shared: '1.0', both: '1.0' })
    expect(made.java).toMatchObject({ source: 'JAVA_HOME', version: '17.0.1' })
    expect(said[0]).toContain(environmentFolder(await findPython(pythonNeed)))
    expect(said[0]).toMatch(/GB/)
    const { stdout } = await execa(made.python, ['-c', 'import both; print(both.value)'])
    expect(stdout).toBe('1')

    said.length = 0
    expect(await ensureEnvironment({ ...options, packages: ['/no/such/wheel'] })).toEqual(made)
    expect(said).toEqual([])
  })

  test('one with requirements has its own packages first and shares the others, is made once, and made again after an interruption', async () => {
    const own = tinyWheel(wheels, { name: 'own', value: 2 })
    const both = tinyWheel(wheels, { name: 'both', version: '2.0', value: 2 })
    const requirements = await readRequirements(write('own.txt', `${own}\n${both}\n`))
    const said: string[] = []
    const options = { packages, onProgress: ({ text }: { text: string }) => said.push(text) }
    const [first, second] = await Promise.all([
      ensureRequirements(requirements, options),
      ensureRequirements(requirements, options),
    ])
    expect(second).toEqual(first)
    expect(said.filter((text) => text.startsWith('installing own.txt'))).toHaveLength(1)
    const values = 'import shared, own, both; print(shared.value, own.value, both.value)'
    expect((await execa(first.python, ['-c', values])).stdout).toBe('1 2 2')
    expect(first.versions).toMatchObject({ shared: '1.0', own: '1.0', both: '2.0' })
    // As if the installation had been killed before its end.
    rmSync(stampFile(first.folder))
    await ensureRequirements(requirements, options)
    expect(said.filter((text) => text.startsWith('installing own.txt'))).toHaveLength(2)
  })

  test('aborted while pip waits for its index, no pip is left and the lock is free', async () => {
    const { server, url, asked } = await silentIndex()
    vi.stubEnv('PIP_INDEX_URL', url)
    const requirements = await readRequirements(write('slow.txt', 'slow-package\n'))
    const { folder: base } = await ensureEnvironment({ packages })
    const abort = new AbortController()
    void asked.then(() => abort.abort(new Error('enough')))
    const making = ensureRequirements(requirements, { packages, signal: abort.signal })
    await expect(making).rejects.toThrow('enough')
    const own = `${base}-${requirements.hash.slice(0, 12)}`
    const { stdout } = await execa('ps', ['-eo', 'args'])
    expect(stdout.split('\n').filter((line) => line.includes(own))).toEqual([])
    server.closeAllConnections()
    server.close()
    expect(existsSync(`${own}.lock`)).toBe(false)
  })

  test('what pip cannot install is an error that names the file', async () => {
    const file = write('none.txt', join(wheels, 'none-1.0-py3-none-any.whl'))
    await expect(ensureRequirements(await readRequirements(file), { packages })).rejects.toMatchObject({
      exitCode: 3,
      message: `pip could not install the requirements of ${file}`,
      parts: { excerpt: expect.stringContaining('pip: '), remedy: expect.stringContaining('server.python') },
    })
  })
})
