import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stampFile } from './environment-folder.js'
import { constraintsFor, readRequirements, removeUnused } from './own-requirements.js'

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
  expect([kept, recent, old, other].map((path) => existsSync(path!))).toEqual([true, true, false, true])
})
