import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { ExitCode } from '../../system/user-error.js'
import { decodeFrames } from './decode-frames.js'
import { resolveFfmpeg, withFfmpeg } from './resolve-ffmpeg.js'

/** Where the optional ffmpeg-static is installed, it stands before PATH and cache and hides them. */
const ffmpegStatic: string = 'ffmpeg-static'
const hidden = await import(ffmpegStatic).then(
  () => true,
  () => false,
)
const real = await resolveFfmpeg()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-resolve-'))
  vi.stubEnv('FFMPEG_BIN', '')
  vi.stubEnv('FRAMESTORM_HOME', join(folder, 'cache'))
  vi.stubEnv('PATH', join(folder, 'path'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function program(file: string, says: string, then = ''): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\ncase "$*" in *-version*) echo '${says}';; *) ${then || ':'};; esac\n`)
  await chmod(file, 0o755)
  return file
}

const inCache = () =>
  join(folder, 'cache', 'imageio-ffmpeg-0.8.1', 'imageio_ffmpeg', 'binaries', 'ffmpeg-some-platform')

test('FFMPEG_BIN comes before all others', async () => {
  await program(join(folder, 'path', 'ffmpeg'), 'ffmpeg version 6.0')
  const named = await program(join(folder, 'mine'), 'ffmpeg version 7.1')
  vi.stubEnv('FFMPEG_BIN', named)
  expect(await resolveFfmpeg()).toMatchObject({ path: named, origin: 'FFMPEG_BIN', version: { text: '7.1' } })
})

test('an FFMPEG_BIN that cannot be run is refused, not passed over', async () => {
  await program(join(folder, 'path', 'ffmpeg'), 'ffmpeg version 6.0')
  vi.stubEnv('FFMPEG_BIN', join(folder, 'absent'))
  await expect(resolveFfmpeg()).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: { received: join(folder, 'absent'), where: 'environment variable FFMPEG_BIN' },
  })
})

test.skipIf(hidden)('the one on PATH comes before the one in the cache', async () => {
  const onPath = await program(join(folder, 'path', 'ffmpeg'), 'ffmpeg version 6.0')
  await program(inCache(), 'ffmpeg version 9.0.2')
  expect(await resolveFfmpeg()).toMatchObject({ path: onPath, origin: 'PATH' })
})

test.skipIf(hidden)('one on PATH that does not run is passed over', async () => {
  await program(join(folder, 'path', 'ffmpeg'), 'cannot open shared object file')
  const cached = await program(inCache(), 'ffmpeg version 9.0.2')
  expect(await resolveFfmpeg()).toMatchObject({ path: cached, origin: 'imageio-ffmpeg' })
})

test.skipIf(hidden)('without any there is none', async () => {
  expect(await resolveFfmpeg()).toBeUndefined()
})

describe.skipIf(hidden || real === undefined)('an ffmpeg that crashes before its first frame', () => {
  const video = { source: 'testsrc', width: 64, height: 48, quality: 5, frames: 3 }
  const said: string[] = []
  const decoded = () =>
    withFfmpeg({ onProgress: (text) => said.push(text) }, (ffmpeg) => decodeFrames(video, { ffmpeg }))

  beforeEach(() => said.splice(0))

  test('gives way to the next one, and that is said', async () => {
    const onPath = await program(join(folder, 'path', 'ffmpeg'), 'ffmpeg version 6.0', 'kill -SEGV $$')
    const cached = await program(inCache(), 'ffmpeg version 9.0.2', `exec '${real?.path}' "$@"`)
    expect((await decoded()).frames).toHaveLength(3)
    expect(said).toEqual([
      `ffmpeg crashed (SIGSEGV) before the first frame: ${onPath}; trying ${cached} (imageio-ffmpeg)`,
    ])
  })

  test('is an error with its likely cause if it is the only one', async () => {
    await program(join(folder, 'path', 'ffmpeg'), 'ffmpeg version 6.0', 'kill -SEGV $$')
    await expect(decoded()).rejects.toMatchObject({
      message: 'ffmpeg crashed (SIGSEGV) before the first frame',
      exitCode: ExitCode.environment,
      parts: { remedy: expect.stringContaining('host names') },
    })
  })

  test('is never replaced if FFMPEG_BIN names it', async () => {
    vi.stubEnv('FFMPEG_BIN', await program(join(folder, 'mine'), 'ffmpeg version 6.0', 'kill -SEGV $$'))
    await program(inCache(), 'ffmpeg version 9.0.2', `exec '${real?.path}' "$@"`)
    await expect(decoded()).rejects.toThrow('ffmpeg crashed')
    expect(said).toEqual([])
  })
})
