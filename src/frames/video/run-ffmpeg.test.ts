import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { ffmpegCommand, type FfmpegCommand } from './ffmpeg-command.js'
import { resolveFfmpeg } from './resolve-ffmpeg.js'
import { runFfmpeg } from './run-ffmpeg.js'
import { tracedFfmpeg } from './traced-ffmpeg.test.support.js'

const ffmpeg = await resolveFfmpeg()

function command(frames?: number): FfmpegCommand {
  const settings = { width: 320, height: 240, quality: 5, frames, pace: 'clip', isLive: false } as const
  const version = ffmpeg?.version ?? { text: '', major: 0, minor: 0 }
  return ffmpegCommand({ ...settings, source: { kind: 'testsrc' } }, version)
}

function refuse(): never {
  throw new Error('no room for more')
}

describe.skipIf(ffmpeg === undefined)('a running ffmpeg', () => {
  let folder: string
  let program: string
  let processId: () => Promise<number>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-run-ffmpeg-'))
    ;({ program, processId } = await tracedFfmpeg(folder, ffmpeg?.path ?? ''))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function isGone(): Promise<boolean> {
    const id = await processId()
    try {
      process.kill(id, 0)
      return false
    } catch {
      return true
    }
  }

  test('an error of the reader is thrown after ffmpeg has exited', async () => {
    await expect(runFfmpeg(program, command(), { onFrame: refuse })).rejects.toThrow('no room for more')
    expect(await isGone()).toBe(true)
  })

  test('it waits for a reader that is not ready, and no frame is lost', async () => {
    let inside = 0
    let frames = 0
    const end = await runFfmpeg(program, command(50), {
      async onFrame() {
        inside++
        await new Promise(setImmediate)
        expect(inside).toBe(1)
        inside--
        frames++
      },
    })
    expect(frames).toBe(50)
    expect(end).toMatchObject({ exitCode: 0, log: { errors: [] }, unfinishedFrame: false })
  })

  test('an abort before the start starts nothing', async () => {
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(runFfmpeg('/nowhere/ffmpeg', { args: [] }, { onFrame: () => {}, signal })).rejects.toThrow(
      'too late',
    )
  })
})
