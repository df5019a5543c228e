import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ExitCode } from '../../system/user-error.js'
import type { VideoSettings } from '../../scenario/plan/plan.js'
import { decodeFrames } from './decode-frames.js'
import { resolveFfmpeg } from './resolve-ffmpeg.js'
import { tracedFfmpeg } from './traced-ffmpeg.test.support.js'

const ffmpeg = (await resolveFfmpeg())?.path ?? ''
const clip = fileURLToPath(new URL('../../../../fixtures/clip.mp4', import.meta.url))

const decode = (source: string, settings: Partial<VideoSettings> = {}) =>
  decodeFrames({ source, width: 160, height: 120, quality: 5, ...settings }, { ffmpeg })

function relativeDecode(name: string): string {
  const module = new URL('./decode-frames.js', import.meta.url).href
  const settings = JSON.stringify({ source: name, width: 64, height: 48, quality: 9, frames: 2 })
  return `const { decodeFrames } = await import(${JSON.stringify(module)})
    const { frames } = await decodeFrames(${settings}, { ffmpeg: ${JSON.stringify(ffmpeg)} })
    process.stdout.write(String(frames.length))`
}

const refused = (source: string) =>
  decode(source).then(
    () => 'decoded',
    (error) => [error.parts.received, error.exitCode],
  )

describe.skipIf(ffmpeg === '')('decoding with the real ffmpeg', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-decode-'))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }

  test('the clip that ships: 375 frames of about 40 KB at 640x480, no two alike', async () => {
    const { frames, ...facts } = await decode(clip, { width: 640, height: 480, quality: 3 })
    expect(frames).toHaveLength(375)
    expect(new Set(frames.map((frame) => Buffer.from(frame).toString('base64'))).size).toBe(375)
    expect(facts).toMatchObject({ width: 640, height: 480, notes: [], framesLost: 0 })
    expect(facts.jpegBytesMean).toBeGreaterThan(38_000)
    expect(facts.jpegBytesMean).toBeLessThan(44_000)
    const { stderr } = await execa(ffmpeg, ['-hide_banner', '-i', clip], { reject: false })
    expect(stderr).toMatch(/640x480.* 25 fps/)
  })

  test('every frame is a whole JPEG of the wanted size', async () => {
    const { frames } = await decode(clip, { frames: 12, width: 200, height: 100 })
    expect(frames).toHaveLength(12)
    for (const frame of frames) {
      expect([frame[0], frame[1], frame.at(-2), frame.at(-1)]).toEqual([0xff, 0xd8, 0xff, 0xd9])
    }
    const first = await file('first.jpg', frames[0] ?? '')
    const { stderr } = await execa(ffmpeg, ['-hide_banner', '-i', first], { reject: false })
    expect(stderr).toContain('200x100')
  })

  test('the same video gives the same hash, another size another one', async () => {
    const [a, b, c] = [
      await decode(clip, { frames: 5 }),
      await decode(clip, { frames: 5 }),
      await decode(clip, { frames: 5, width: 162 }),
    ]
    expect(a.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(b.hash).toBe(a.hash)
    expect(c.hash).not.toBe(a.hash)
  })

  test('the test pattern gives the requested number of frames', async () => {
    const { frames } = await decode('testsrc', { frames: 7 })
    expect(frames).toHaveLength(7)
  })

  test('a source without end needs a number of frames', async () => {
    await expect(decode('testsrc')).rejects.toMatchObject({
      exitCode: ExitCode.usage,
      parts: { remedy: expect.stringContaining('frames: 375') },
    })
  })

  test.each(['-y', 'a:b.mp4', 'http:x.mp4', '$(touch x) \'q\' "w" %d #?.mp4', 'ünï.mp4'])(
    'a file named %s is only a file',
    async (name) => {
      await mkdir(join(folder, 'names'), { recursive: true })
      const odd = join(folder, 'names', name)
      await copyFile(clip, odd)
      expect((await decode(odd, { frames: 2 })).frames).toHaveLength(2)
      const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', relativeDecode(name)], {
        cwd: join(folder, 'names'),
      })
      expect(stdout).toBe('2')
    },
  )

  test('the error of a video with too few frames says how many it has', async () => {
    await expect(decode(clip, { frames: 400 })).rejects.toMatchObject({
      message: 'the video has too few frames',
      exitCode: ExitCode.usage,
      parts: {
        expected: '400 frames (video.frames)',
        received: '375 frames',
        remedy: expect.stringContaining('375'),
      },
    })
  })

  test('a missing file, an empty file and a folder are usage errors that say what was found', async () => {
    expect(await refused(join(folder, 'missing.mp4'))).toEqual(['no such file', ExitCode.usage])
    expect(await refused(await file('empty.mp4', ''))).toEqual(['an empty file', ExitCode.usage])
    expect(await refused(folder)).toEqual(['a folder', ExitCode.usage])
  })

  test('a file that is not a video is an error with the message of ffmpeg', async () => {
    await expect(decode(await file('text.mp4', 'hello\n'.repeat(1000)))).rejects.toMatchObject({
      message: 'ffmpeg cannot read this file as a video',
      exitCode: ExitCode.usage,
      parts: { excerpt: expect.stringContaining('Invalid data') },
    })
  })

  test('a file with sound only has no video', async () => {
    const sound = join(folder, 'sound.wav')
    await execa(ffmpeg, ['-loglevel', 'error', '-f', 'lavfi', '-i', 'anullsrc', '-t', '0.2', sound])
    await expect(decode(sound)).rejects.toMatchObject({
      message: 'the file or stream has no video',
      exitCode: ExitCode.usage,
    })
  })

  test('a truncated file says after how many frames', async () => {
    const whole = await readFile(clip)
    await expect(decode(await file('cut.mp4', whole.subarray(0, whole.length / 2)))).rejects.toMatchObject({
      message: expect.stringMatching(/damaged after [1-9]\d* frames/),
      exitCode: ExitCode.usage,
      parts: { excerpt: expect.stringMatching(/./) },
    })
  })

  test('a broken frame inside is an error, unless the requested frames end before it', async () => {
    const bytes = await readFile(clip)
    const middle = Math.floor(bytes.length / 2)
    for (let i = middle; i < middle + 3000; i++) bytes[i] = ((bytes[i] ?? 0) * 7 + 13) & 255
    const broken = await file('broken.mp4', bytes)
    await expect(decode(broken)).rejects.toMatchObject({
      message: expect.stringMatching(/damaged after [1-9]\d* frames/),
      exitCode: ExitCode.usage,
    })
    expect((await decode(broken, { frames: 20 })).frames).toHaveLength(20)
  })

  test("a video is read over HTTP, and an answer that is none is the environment's fault", async () => {
    const bytes = await readFile(clip)
    const server = createServer((request, response) => {
      if (request.url === '/clip.mp4') response.end(bytes)
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      expect((await decode(`http://127.0.0.1:${port}/clip.mp4`, { frames: 3 })).frames).toHaveLength(3)
      await expect(decode(`http://me:secret@127.0.0.1:${port}/other`)).rejects.toSatisfy(
        (error) =>
          error.exitCode === ExitCode.environment &&
          error.parts.excerpt.includes('404') &&
          !JSON.stringify(error.parts).includes('secret'),
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test("a camera that is not there is the environment's fault", async () => {
    await expect(decode('/dev/video987', { frames: 1 })).rejects.toMatchObject({
      message: 'the capture device cannot be opened',
      exitCode: ExitCode.environment,
    })
  })

  test.each(['rtsp', 'rtsps', 'rtmp', 'tcp'])(
    '%s: nothing at the address is said in words',
    async (scheme) => {
      await expect(decode(`${scheme}://127.0.0.1:1/x`, { frames: 1 })).rejects.toMatchObject({
        message: 'the video source cannot be opened',
        exitCode: ExitCode.environment,
        parts: { excerpt: expect.stringMatching(/refused/i), remedy: expect.stringContaining('reachable') },
      })
    },
  )

  test('rtsps: a camera without TLS is said in words, without its password', async () => {
    const camera = createTcpServer((socket) => socket.end('RTSP/1.0 400 Bad Request\r\n\r\n'))
    camera.on('connection', (socket) => socket.on('error', () => undefined))
    try {
      const port = await new Promise<number>((resolve) =>
        camera.listen(0, '127.0.0.1', () => resolve((camera.address() as AddressInfo).port)),
      )
      const error: unknown = await decode(`rtsps://me:s3cr3t@127.0.0.1:${port}/x`, { frames: 1 }).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({
        message: 'the video source cannot be opened',
        exitCode: ExitCode.environment,
        parts: { where: `rtsps://***@127.0.0.1:${port}/x` },
      })
      expect(JSON.stringify(error)).not.toContain('s3cr3t')
    } finally {
      camera.close()
    }
  })

  test('an abort ends ffmpeg at once and throws its reason', async () => {
    const { program, processId } = await tracedFfmpeg(await mkdtemp(join(folder, 'traced-')), ffmpeg)
    const controller = new AbortController()
    const settings = { source: 'testsrc', width: 320, height: 240, quality: 5, frames: 1_000_000 }
    const decoding = decodeFrames(settings, { ffmpeg: program, signal: controller.signal })
    const outcome = decoding.catch((error: unknown) => error)
    const ffmpegId = await processId()
    controller.abort(new Error('enough'))
    expect(await outcome).toMatchObject({ message: 'enough' })
    expect(() => process.kill(ffmpegId, 0)).toThrow('ESRCH')
  })

  test('an ffmpeg killed from outside is an error that names the signal', async () => {
    const { program, processId } = await tracedFfmpeg(await mkdtemp(join(folder, 'traced-')), ffmpeg)
    const settings = { source: 'testsrc', width: 320, height: 240, quality: 5, frames: 1_000_000 }
    const decoding = decodeFrames(settings, { ffmpeg: program })
    const outcome = decoding.catch((error: unknown) => error)
    process.kill(await processId(), 'SIGKILL')
    expect(await outcome).toMatchObject({
      message: expect.stringContaining('SIGKILL'),
      exitCode: ExitCode.environment,
    })
  })

  test('an ffmpeg that no longer exists is an error', async () => {
    const settings = { source: clip, width: 320, height: 240, quality: 5 }
    await expect(decodeFrames(settings, { ffmpeg: join(folder, 'gone') })).rejects.toMatchObject({
      message: 'ffmpeg could not be started',
      exitCode: ExitCode.environment,
    })
  })
})
