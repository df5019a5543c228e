import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { findPython } from '../../../system/python-env/find-python.js'
import { pythonNeed, stampFile } from './environment-folder.js'
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

describe.skipIf(python === undefined)('an environment with requirements', { timeout: 180_000 }, () => {
  test('has its own packages first and shares the others, is made once, and made again after an interruption', async () => {
    vi.stubEnv('FRAMESTORM_HOME', mkdtempSync(join(tmpdir(), 'requirements-home-')))
    const wheels = mkdtempSync(join(tmpdir(), 'wheels-'))
    const packages = [tinyWheel(wheels, { name: 'shared' }), tinyWheel(wheels, { name: 'both', value: 1 })]
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

  test('that pip cannot install is an error that names the file', async () => {
    vi.stubEnv('FRAMESTORM_HOME', mkdtempSync(join(tmpdir(), 'requirements-home-')))
    const wheels = mkdtempSync(join(tmpdir(), 'wheels-'))
    const file = write('none.txt', join(wheels, 'none-1.0-py3-none-any.whl'))
    const options = { packages: [tinyWheel(wheels)] }
    await expect(ensureRequirements(await readRequirements(file), options)).rejects.toMatchObject({
      exitCode: 3,
      message: `pip could not install the requirements of ${file}`,
      parts: { excerpt: expect.stringContaining('pip: '), remedy: expect.stringContaining('server.python') },
    })
  })
})
