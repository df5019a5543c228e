import { once } from 'node:events'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const stackTrace = /\n\s+at .*\.js:\d+/

/** A folder to be the whole PATH: node, and a `python3` that says this of itself. */
async function pathWithPython(folder: string, saysOfItself: string): Promise<string> {
  const path = join(folder, 'bin')
  await mkdir(path)
  await symlink(process.execPath, join(path, 'node'))
  await symlink('/bin/sh', join(path, 'sh'))
  const python = join(path, 'python3')
  await writeFile(python, `#!/bin/sh\necho '${saysOfItself}'\n`)
  await chmod(python, 0o755)
  return path
}

describe.skipIf(process.platform === 'win32')('a machine that lacks something ends with code 3', () => {
  test.each([
    ['a Python that is too old', '{"executable":"/x/python3","version":"3.6.9","hasVenv":true}', '3.6.9'],
    ['a Python without venv', '{"executable":"/x/python3","version":"3.11.2","hasVenv":false}', 'venv'],
    ['no Python', 'what?', 'Install Python'],
  ])('%s', async (_, saysOfItself, words) => {
    const folder = await temporaryFolder()
    const { code, stderr } = await framestormHere(['archive', '-o', join(folder, 'x.mar')], {
      env: {
        PATH: await pathWithPython(folder, saysOfItself),
        FRAMESTORM_HOME: join(folder, 'cache'),
        FRAMESTORM_PYTHON: undefined,
      },
    })
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(stackTrace)
    expect(code).toBe(3)
  })

  test('a port that another program has taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const address = other.address()
    const taken = typeof address === 'object' ? String(address?.port) : ''
    const free = ['--inference-port', '0', '--management-port', '0', '--grpc-port', '0']
    const { code, stderr } = await framestormHere(['serve', ...free, '--metrics-port', taken])
    expect(stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${taken}`)
    expect(stderr).toContain('Choose other ports')
    expect(code).toBe(3)
  })

  test('a cache folder that cannot be made', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), '')
    const { code, stderr } = await framestormHere(['archive', '-o', join(folder, 'x.mar')], {
      env: { FRAMESTORM_HOME: join(folder, 'file', 'cache') },
    })
    expect(stderr).toContain('cache folder cannot be written')
    expect(stderr).toContain('FRAMESTORM_HOME')
    expect(code).toBe(3)
  })

  test('an FFMPEG_BIN that is none, said by bench and by doctor', async () => {
    const folder = await temporaryFolder()
    const env = { FFMPEG_BIN: join(folder, 'no-ffmpeg'), FRAMESTORM_HOME: join(folder, 'cache') }
    const scenario = await writeScenario(folder)
    const bench = await framestormHere(['bench', scenario, '--out', join(folder, 'run')], { env })
    expect(bench.stderr).toContain('FFMPEG_BIN')
    expect(bench.code).toBe(3)
    const doctor = await framestormHere(['doctor'], { env })
    expect(doctor.stdout).toMatch(/MISSING\s+ffmpeg/)
    expect(doctor.code).toBe(3)
  })
})

describe('a server that is not fit ends with code 3', () => {
  async function answering(status: number, body: unknown): Promise<string> {
    const server = createServer((request, response) => {
      response.statusCode = request.method === 'POST' ? status : 200
      response.end(request.method === 'POST' ? JSON.stringify(body) : '{}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test.each([
    [500, { type: 'InternalServerException', message: 'Worker died.' }, 'The worker exited'],
    [404, { type: 'ModelNotFoundException', message: 'Model not found: resnet-18' }, 'model.name'],
    [400, { type: 'InvalidKeyException', message: 'Token Authentication failed.' }, 'server.tokenEnv'],
  ])('status %d %j', async (status, body, words) => {
    const folder = await temporaryFolder()
    const { code, stderr } = await framestormHere([
      ...['bench', await writeScenario(folder), '--out', join(folder, 'run')],
      ...['--server', await answering(status, body), '--set', 'batching.mode=client'],
    ])
    expect(stderr).toContain(body.message)
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(stackTrace)
    expect(code).toBe(3)
  })
})
