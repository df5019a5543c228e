import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { manifestPath, packArchive } from './archive-format.js'
import { readArchive, staysInside } from './read-archive.js'

const folder = mkdtempSync(join(tmpdir(), 'archives-'))

function write(name: string, bytes: Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

test('an archive of ours is read back', async () => {
  const model = { modelName: 'pose', modelVersion: '2.0', handler: 'pose.py' }
  const file = write('good.mar', packArchive(model, new Map([['pose.py', strToU8('')]])))
  const archive = await readArchive(file)
  expect(archive).toMatchObject({ file, modelName: 'pose', modelVersion: '2.0' })
  expect(archive.hash).toMatch(/^[0-9a-f]{64}$/)
})

test('a hand-made archive with the least that TorchServe accepts is read', async () => {
  const manifest = strToU8('{"model": {"modelName": "m", "handler": "h.py"}}')
  const file = write('least.mar', zipSync({ 'h.py': strToU8(''), [manifestPath]: manifest }))
  expect(await readArchive(file)).toMatchObject({ modelName: 'm', modelVersion: '1.0' })
})

const manifest = strToU8('{"model": {"modelName": "m", "handler": "h.py"}}')

test.each([
  ['a text file', strToU8('not a zip'), /not a zip/],
  ['an empty file', new Uint8Array(), /not a zip/],
  ['a zip cut short', zipSync({ [manifestPath]: manifest }).slice(0, 40), /not a zip/],
  ['a zip without manifest', zipSync({ 'h.py': strToU8('') }), /no MAR-INF/],
  ['a manifest that is no JSON', zipSync({ [manifestPath]: strToU8('{') }), /JSON/],
  [
    'a manifest without handler',
    zipSync({ [manifestPath]: strToU8('{"model":{"modelName":"m"}}') }),
    /handler/,
  ],
  [
    'a path that leads outside',
    zipSync({ [manifestPath]: manifest, '../../evil.py': strToU8('') }),
    /evil\.py/,
  ],
  ['an absolute path', zipSync({ [manifestPath]: manifest, '/etc/evil': strToU8('') }), /etc\/evil/],
  ['a handler that is not in it', zipSync({ [manifestPath]: manifest }), /h\.py/],
])('%s is refused with what is wrong about it', async (name, bytes, received) => {
  const file = write(`${name}.mar`, bytes)
  await expect(readArchive(file)).rejects.toMatchObject({
    exitCode: 2,
    parts: { where: file, received: expect.stringMatching(received) },
  })
})

test('a file that is not there is refused', async () => {
  await expect(readArchive(join(folder, 'none.mar'))).rejects.toMatchObject({
    exitCode: 2,
    parts: { received: expect.stringContaining('ENOENT') },
  })
})

test.each([
  ['model.py', true],
  ['a/../b.py', true],
  ['..', false],
  ['a/../../b', false],
  ['/root', false],
  ['C:\\windows', false],
  ['..\\..\\b', false],
])('%s stays inside: %s', (path, inside) => {
  expect(staysInside(path)).toBe(inside)
})
