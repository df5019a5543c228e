import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** A folder with these files; a value that begins with `→` is a link. */
function folderWith(files: Record<string, string>): string {
  const made = mkdtempSync(join(folder, 'model-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(made, name, '..'), { recursive: true })
    if (text.startsWith('→')) symlinkSync(text.slice(1), join(made, name))
    else writeFileSync(join(made, name), text)
  }
  return made
}

const complete = { [manifestPath]: '{"model": {"modelName": "m", "handler": "h.py"}}', 'h.py': 'x = 1\n' }

function tar(name: string, ...args: string[]): string {
  const file = join(folder, name)
  execFileSync('tar', ['czf', file, ...args])
  return file
}

test('a folder is an archive, with links followed, and its hash is that of its contents', async () => {
  const made = folderWith({ ...complete, 'deep/weights.pt': 'w', loop: '→.' })
  const archive = await readArchive(made)
  expect(archive).toMatchObject({ form: 'folder', modelName: 'm' })
  const linked = folderWith({ ...complete, deep: `→${join(made, 'deep')}` })
  expect((await readArchive(linked)).hash).toBe(archive.hash)
  writeFileSync(join(made, 'deep', 'weights.pt'), 'other')
  expect((await readArchive(made)).hash).not.toBe(archive.hash)
})

test.each([
  ['ustar', []],
  ['pax', []],
  ['gnu', []],
])('a gzipped tar in the format %s is an archive, also with long names and large files', async (format) => {
  const long = `${'a-folder-with-a-long-name/'.repeat(5)}file-${'x'.repeat(80)}.txt`
  const files = format === 'ustar' ? {} : { [long]: 'long' }
  const made = folderWith({ ...complete, ...files, 'weights.pt': 'w'.repeat(300_000) })
  const file = tar(`${format}.tar.gz`, `--format=${format}`, '-C', made, '.')
  expect(await readArchive(file)).toMatchObject({ form: 'tgz', modelName: 'm', modelVersion: '1.0' })
})

test('a gzipped tar that TorchServe would not unpack is refused with the command that packs it', async () => {
  const made = folderWith(complete)
  const bare = tar('bare.tgz', '-C', made, 'MAR-INF', 'h.py')
  await expect(readArchive(bare)).rejects.toMatchObject({
    exitCode: 2,
    parts: { remedy: expect.stringContaining('tar czf model.tar.gz FOLDER') },
  })
})

test('what leads outside a gzipped tar is refused', async () => {
  const made = folderWith(complete)
  const outside = tar('outside.tgz', '-P', '--transform=s,^./h.py,./../../evil.py,', '-C', made, '.')
  await expect(readArchive(outside)).rejects.toMatchObject({
    parts: { received: expect.stringContaining('evil.py') },
  })
  const absolute = tar('absolute.tgz', '-P', '--transform=s,^./h.py,/etc/evil.py,', '-C', made, '.')
  await expect(readArchive(absolute)).rejects.toMatchObject({
    parts: { received: expect.stringContaining('/etc/evil.py') },
  })
})

test('links inside a packed archive are refused, because TorchServe does not unpack them', async () => {
  const made = folderWith({ ...complete, 'weights.pt': '→/etc/passwd' })
  await expect(readArchive(tar('link.tgz', '-C', made, '.'))).rejects.toMatchObject({
    parts: { received: 'a link: "./weights.pt"' },
  })
  const zip = zipSync({
    ...Object.fromEntries(Object.entries(complete).map(([name, text]) => [name, strToU8(text)])),
    'weights.pt': [strToU8('/etc/passwd'), { os: 3, attrs: 0o120_777 << 16 }],
  })
  await expect(readArchive(write('link.mar', zip))).rejects.toMatchObject({
    parts: { received: expect.stringContaining('a link: "weights.pt"') },
  })
})

test.each([
  ['cut short', (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2)],
  ['damaged', (bytes: Uint8Array) => bytes.with(bytes.length / 2, bytes[bytes.length / 2]! ^ 0xff)],
])('a gzipped tar that is %s is refused', async (_, damage) => {
  const made = folderWith({ ...complete, 'weights.pt': Array.from({ length: 5000 }, (_, i) => i * i).join() })
  const file = tar('whole.tgz', '-C', made, '.')
  const bytes = new Uint8Array(readFileSync(file))
  const even = bytes.length % 2 === 0 ? bytes : bytes.slice(0, -1)
  await expect(readArchive(write('damaged.tgz', damage(even)))).rejects.toMatchObject({ exitCode: 2 })
})

test('a folder in a zip that should be its root is named', async () => {
  const nested = zipSync({ 'model/h.py': strToU8(''), [`model/${manifestPath}`]: manifest })
  await expect(readArchive(write('nested.mar', nested))).rejects.toMatchObject({
    parts: { remedy: 'Pack the contents of model itself.' },
  })
})
