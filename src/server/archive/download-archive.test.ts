import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { downloadArchive } from './download-archive.js'

let home: string
const closing: (() => void)[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'downloads-'))
  vi.stubEnv('FRAMESTORM_HOME', home)
})

afterEach(() => {
  vi.unstubAllEnvs()
  for (const close of closing.splice(0)) close()
  rmSync(home, { recursive: true })
})

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/models/pose.mar`
}

test('an archive is downloaded once per version', async () => {
  let version = 'one'
  const statuses: number[] = []
  const url = await served((request, response) => {
    const same = request.headers['if-none-match'] === `"${version}"`
    statuses.push(same ? 304 : 200)
    response.writeHead(same ? 304 : 200, { etag: `"${version}"` })
    response.end(same ? undefined : version)
  })
  const file = await downloadArchive(url)
  expect(await downloadArchive(url)).toBe(file)
  version = 'two'
  expect(readFileSync(await downloadArchive(url), 'utf8')).toBe('two')
  expect(statuses).toEqual([200, 304, 200])
})

test('an address without an archive is refused with the status', async () => {
  const url = await served((_, response) => response.writeHead(404).end())
  await expect(downloadArchive(url)).rejects.toMatchObject({
    exitCode: 3,
    message: 'the model archive cannot be downloaded',
    parts: { where: url, received: 'status 404' },
  })
})

test('a download that breaks off leaves no file', async () => {
  const url = await served((_, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('x'.repeat(500), () => response.destroy())
  })
  await expect(downloadArchive(url)).rejects.toMatchObject({ exitCode: 3 })
  expect(readdirSync(join(home, 'archives'))).toEqual([])
})
