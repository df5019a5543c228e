import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listZip, readZipEntry } from './list-zip.js'

const folder = mkdtempSync(join(tmpdir(), 'zips-'))
afterAll(() => rmSync(folder, { recursive: true }))

// What comes before a zip does not belong to it, so a hole makes one whose offsets need zip64.
const script = `
import sys, zipfile
with open(sys.argv[1], "wb") as file:
    file.seek(int(sys.argv[2]))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.comment = b"a comment"
        for index in range(int(sys.argv[3])):
            out.writestr(f"file-{index}.txt", f"text {index} " * 50)
`

test.each([
  ['small', 0, 3],
  ['above 4 GB', 4_500_000_000, 3],
  ['with more than 65,535 entries', 0, 70_000],
])('a zip %s is listed, and its entries are read', async (_, offset, count) => {
  const path = join(folder, 'x.zip')
  execFileSync('python3', ['-c', script, path, String(offset), String(count)])
  const file = await open(path)
  const entries = await listZip(file, (await file.stat()).size)
  expect(entries).toHaveLength(count)
  const last = entries.at(-1)!
  expect(last).toMatchObject({ path: `file-${count - 1}.txt`, isLink: false })
  expect((await readZipEntry(file, last, 1e6)).toString()).toBe(`text ${count - 1} `.repeat(50))
  await expect(readZipEntry(file, last, 10)).rejects.toThrow('too large')
  await file.close()
})
