import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ffmpegDownloadMB } from '../../frames/video/install-imageio-ffmpeg.js'
import { UserError } from '../../system/user-error.js'
import { formatChecks } from '../commands/doctor.js'
import { foundInError, isFit, judgeCores, judgeMemory, runCheck, runChecks, type Check } from './checks.js'
import { restoreEnvironmentAfterEach } from '../../system/restore-environment.test.support.js'

restoreEnvironmentAfterEach()

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'doctor-'))
}

/** A command on PATH that prints what is given. */
function command(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

const python = (version: string) =>
  `echo '{"executable": "/usr/bin/python3", "version": "${version}", "hasVenv": true}'`

test('every part of this machine is looked at once, and nothing is installed', async () => {
  process.env['FRAMESTORM_HOME'] = join(emptyFolder(), 'none')
  const checks = await runChecks()
  const names = checks.map(({ name }) => name)
  expect(names).toEqual([
    'platform',
    'cores',
    'memory',
    'GPU',
    'ffmpeg',
    'Python',
    'Java',
    'TorchServe',
    'requirements',
    'manage',
    'ports',
    'cache',
  ])
  expect(checks.filter(({ status, remedy }) => status === 'missing' && remedy === undefined)).toEqual([])
  await expect(runCheck('TorchServe')).resolves.toMatchObject({ status: 'missing' })
})

test('on a bare machine everything missing is reported, each with a remedy', async () => {
  process.env['PATH'] = emptyFolder()
  process.env['FRAMESTORM_HOME'] = emptyFolder()
  for (const name of ['FRAMESTORM_PYTHON', 'JAVA_HOME']) delete process.env[name]
  process.env['FFMPEG_BIN'] = join(emptyFolder(), 'ffmpeg')
  expect(await runCheck('Python')).toMatchObject({
    status: 'missing',
    remedy: expect.stringContaining('Install Python'),
  })
  expect(await runCheck('Java')).toMatchObject({ remedy: expect.stringContaining('JAVA_HOME') })
  expect(await runCheck('ffmpeg')).toMatchObject({
    status: 'missing',
    remedy: expect.stringContaining('FFMPEG_BIN'),
  })
  expect(await runCheck('TorchServe')).toMatchObject({
    status: 'missing',
    detail: expect.stringContaining('Python'),
  })
})

test('doctor and the installer name one size for the download of ffmpeg', async () => {
  process.env['PATH'] = emptyFolder()
  process.env['FRAMESTORM_HOME'] = emptyFolder()
  delete process.env['FFMPEG_BIN']
  const { status, remedy = '' } = await runCheck('ffmpeg')
  // The package ffmpeg-static, if its binary is installed, leaves nothing to download.
  expect(status === 'ok' || remedy.includes(`(${ffmpegDownloadMB} MB)`)).toBe(true)
})

test('an old Python and an old Java do not pass', async () => {
  const folder = emptyFolder()
  process.env['PATH'] = `${folder}:/bin:/usr/bin`
  process.env['FRAMESTORM_HOME'] = emptyFolder()
  command(folder, 'old-python', python('3.8.18'))
  command(folder, 'java', 'echo \'openjdk version "11.0.2"\' >&2')
  process.env['FRAMESTORM_PYTHON'] = join(folder, 'old-python')
  process.env['JAVA_HOME'] = emptyFolder()
  process.env['PATH'] = folder
  expect(await runCheck('Python')).toMatchObject({
    status: 'missing',
    detail: expect.stringContaining('3.8.18'),
  })
  expect((await runCheck('Java')).status).not.toBe('ok')
})

test('a Java from JAVA_HOME is reported with its place', async () => {
  const home = emptyFolder()
  mkdirSync(join(home, 'bin'))
  command(join(home, 'bin'), 'java', 'echo \'openjdk version "21.0.1"\' >&2')
  process.env['JAVA_HOME'] = home
  expect(await runCheck('Java')).toEqual({
    name: 'Java',
    status: 'ok',
    version: '21.0.1',
    place: join(home, 'bin', 'java'),
    detail: 'from JAVA_HOME',
  })
})

test('a cache folder need not exist yet, but it must be possible', async () => {
  const place = join(emptyFolder(), 'not', 'yet')
  process.env['FRAMESTORM_HOME'] = place
  expect(await runCheck('cache')).toMatchObject({ place, detail: expect.stringContaining('GB free') })
  const file = join(emptyFolder(), 'file')
  writeFileSync(file, '')
  process.env['FRAMESTORM_HOME'] = join(file, 'below')
  expect(await runCheck('cache')).toMatchObject({
    status: 'missing',
    remedy: expect.stringContaining('FRAMESTORM_HOME'),
  })
})

test.each([
  ['metrics', 8082],
  ['gRPC', 7070],
])('ports: free ones are available while the default one of %s is taken', async (_, port) => {
  const server = createServer()
  const isOurs = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  const check = await runCheck('ports')
  if (isOurs) await new Promise((resolve) => server.close(resolve))
  expect(check).toMatchObject({ status: 'ok', detail: expect.stringContaining(String(port)) })
})

test('few cores and little memory are warned of', () => {
  expect(judgeCores(2).status).toBe('ok')
  expect(judgeCores(1)).toMatchObject({ status: 'warning', remedy: expect.any(String) })
  expect(judgeMemory(16e9, 8e9)).toMatchObject({ status: 'ok', version: '16.0 GB' })
  expect(judgeMemory(2e9, 1e9).status).toBe('warning')
})

test('a mistake of ours is no finding', () => {
  const bug = new TypeError('ours')
  expect(() => foundInError(bug)).toThrow(bug)
  expect(foundInError(new UserError('broken', { remedy: 'Mend it.' }))).toEqual({
    status: 'missing',
    detail: 'broken',
    remedy: 'Mend it.',
  })
})

const checks: Check[] = [
  { name: 'Python', status: 'ok', version: '3.11.7', place: '/usr/bin/python3' },
  { name: 'Java', status: 'warning', detail: 'none', remedy: 'Install one.' },
  { name: 'TorchServe', status: 'missing', remedy: 'The first run installs it.' },
]

test('the findings read as aligned lines with remedies below', () => {
  expect(formatChecks(checks)).toBe(
    [
      'ok       Python      3.11.7 · /usr/bin/python3',
      'warning  Java        none',
      '                     → Install one.',
      'MISSING  TorchServe',
      '                     → The first run installs it.',
    ].join('\n'),
  )
  expect(formatChecks([])).toBe('')
})

test('what the first run installs by itself is no obstacle, a missing Python is', () => {
  expect(isFit(checks)).toBe(true)
  expect(isFit([...checks, { name: 'Python', status: 'missing' }])).toBe(false)
})
