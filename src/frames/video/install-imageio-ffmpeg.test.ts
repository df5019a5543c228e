import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { ExitCode } from '../../system/user-error.js'
import { ffmpegVersion } from './ffmpeg-version.js'
import { ffmpegDownloadMB, imageioFfmpegBinary, installImageioFfmpeg } from './install-imageio-ffmpeg.js'

/*
 * Python and pip are played by a script, so that a test can make them slow, broken or absent and needs no network.
 * The real ones are used whenever the tests themselves first need an ffmpeg.
 */
const venv = 'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"'
const install = `
  binaries="$7/imageio_ffmpeg/binaries"
  mkdir -p "$binaries"
  printf '#!/bin/sh\\necho "ffmpeg version 9.0.2"\\n' > "$binaries/ffmpeg-test"
  chmod +x "$binaries/ffmpeg-test"`

let folder: string
let cache: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-install-'))
  cache = join(folder, 'cache')
  vi.stubEnv('FRAMESTORM_HOME', cache)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function usePython(steps: { venv: string; pip: string }): Promise<void> {
  const file = join(folder, 'python')
  const probe = JSON.stringify({ executable: file, version: '3.11.4', hasVenv: true })
  const answers = `*ensurepip*) echo '${probe}';; venv) ${steps.venv};; pip) ${steps.pip};;`
  await writeFile(file, `#!/bin/sh\ncase "$2" in ${answers} esac\n`)
  await chmod(file, 0o755)
  vi.stubEnv('FRAMESTORM_PYTHON', file)
}

/** What is in the cache, and whether the ffmpeg found there is this one and runs. */
async function installed(
  binary: string,
): Promise<{ runs: string | undefined; found: boolean; folders: string[] }> {
  return {
    runs: (await ffmpegVersion(binary))?.text,
    found: (await imageioFfmpegBinary()) === binary,
    folders: await readdir(cache),
  }
}

const oneWholeInstallation = { runs: '9.0.2', found: true, folders: ['imageio-ffmpeg-0.8.1'] }

test('it is installed once, says so, and leaves nothing temporary', async () => {
  await usePython({ venv, pip: install })
  const said: string[] = []
  const binary = await installImageioFfmpeg({ onProgress: (text) => said.push(text) })
  expect(await installed(binary)).toEqual(oneWholeInstallation)
  expect(said.join()).toContain('imageio-ffmpeg==0.8.1')
  // doctor names the same size (doctor/checks.test.ts).
  expect(said.join()).toContain(`about ${ffmpegDownloadMB} MB`)
})

test('installations at the same time do not break each other', async () => {
  await usePython({ venv, pip: install })
  const all = await Promise.all(
    Array.from({ length: 4 }, () => installImageioFfmpeg({ onProgress: () => {} })),
  )
  expect(new Set(all).size).toBe(1)
  expect(await installed(all[0] ?? '')).toEqual(oneWholeInstallation)
})

test('an installation that is interrupted leaves nothing that is taken for whole', async () => {
  const reached = join(folder, 'reached')
  await usePython({ venv, pip: `${install}; : > "${reached}"; exec sleep 600` })
  const controller = new AbortController()
  const installing = installImageioFfmpeg({ onProgress: () => {}, signal: controller.signal })
  const outcome = installing.catch((error: unknown) => error)
  while (!(await readdir(folder)).includes('reached')) await sleep(10)
  controller.abort(new Error('stopped by the test'))
  expect(await outcome).toMatchObject({ message: 'stopped by the test' })
  expect(await imageioFfmpegBinary()).toBeUndefined()
  expect(await readdir(cache)).toEqual([])

  await usePython({ venv, pip: install })
  expect(await installed(await installImageioFfmpeg({ onProgress: () => {} }))).toEqual(oneWholeInstallation)
})

test('a damaged installation is replaced', async () => {
  const binary = join(cache, 'imageio-ffmpeg-0.8.1', 'imageio_ffmpeg', 'binaries', 'ffmpeg-test')
  await mkdir(dirname(binary), { recursive: true })
  await writeFile(binary, 'half a download')
  await usePython({ venv, pip: install })
  expect(await installed(await installImageioFfmpeg({ onProgress: () => {} }))).toEqual(oneWholeInstallation)
})

test('what an installation that was killed left behind is removed', async () => {
  await mkdir(join(cache, 'imageio-ffmpeg-0.8.1.tmp-killed', 'packages'), { recursive: true })
  await usePython({ venv, pip: install })
  const binary = await installImageioFfmpeg({ onProgress: () => {} })
  expect(await installed(binary)).toEqual(oneWholeInstallation)
})

test('a failure of pip is reported with its own messages and the alternatives', async () => {
  await usePython({ venv, pip: 'echo "ERROR: No matching distribution found" >&2; exit 1' })
  await expect(installImageioFfmpeg({ onProgress: () => {} })).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: {
      excerpt: '  pip: ERROR: No matching distribution found',
      received: 'exit code 1',
      remedy: expect.stringContaining('FFMPEG_BIN'),
    },
  })
  expect(await readdir(cache)).toEqual([])
})

test('a missing Python is reported', async () => {
  vi.stubEnv('FRAMESTORM_PYTHON', join(folder, 'no-python'))
  await expect(installImageioFfmpeg({ onProgress: () => {} })).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: {
      received: 'a program that is not a working Python',
      remedy: expect.stringContaining('FRAMESTORM_PYTHON'),
    },
  })
})

test("a cache that cannot be made is the environment's fault", async () => {
  await writeFile(join(folder, 'file'), '')
  vi.stubEnv('FRAMESTORM_HOME', join(folder, 'file', 'cache'))
  await expect(installImageioFfmpeg({ onProgress: () => {} })).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: { remedy: expect.stringContaining('FRAMESTORM_HOME') },
  })
})
