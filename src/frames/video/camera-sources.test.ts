import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { VideoSettings } from '../../scenario/plan/plan.js'
import { decodeFrames } from './decode-frames.js'
import { isLive } from './is-live.js'
import { resolveFfmpeg } from './resolve-ffmpeg.js'
import { startRtspCamera } from './rtsp-camera.test.support.js'
import { classifySource } from './video-source.js'

const found = await resolveFfmpeg()
const ffmpeg = found?.path ?? ''
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-bf', '0']

const decode = (source: string, settings: Partial<VideoSettings> = {}) =>
  decodeFrames({ source, width: 160, height: 120, quality: 5, ...settings }, { ffmpeg })

const sourceSize = { width: undefined, height: undefined } as unknown as Partial<VideoSettings>
const only = (size: Partial<VideoSettings>) => ({ ...sourceSize, ...size })

describe.skipIf(ffmpeg === '')('sources as they exist, made by ffmpeg', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-sources-'))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function make(name: string, args: string[], size = '320x240', seconds = 1): Promise<string> {
    const file = join(folder, name)
    const input = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`]
    await execa(ffmpeg, ['-y', '-loglevel', 'error', ...input, '-t', String(seconds), ...args, file])
    return file
  }

  test('a 10-bit video', async () => {
    const file = await make('ten.mkv', ['-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le'])
    const { frames, notes } = await decode(file)
    expect({ frames: frames.length, notes }).toEqual({ frames: 25, notes: [] })
  })

  test('a portrait video: stretched with a note, or with its shape', async () => {
    const file = await make('portrait.mp4', h264, '180x320')
    const stretched = await decode(file)
    expect(stretched).toMatchObject({ width: 160, height: 120 })
    expect(stretched.notes).toEqual([
      'the video is 180x320, frames are 160x120: the picture is stretched; to keep the shape, set video.size to 160x, or video.fit to letterbox or crop',
    ])
    expect(await decode(file, sourceSize)).toMatchObject({ width: 180, height: 320, notes: [] })
    expect(await decode(file, only({ width: 90 }))).toMatchObject({ width: 90, height: 160, notes: [] })
    expect(await decode(file, only({ height: 160 }))).toMatchObject({ width: 90, height: 160, notes: [] })
    expect(await decode(file, { fit: 'letterbox' })).toMatchObject({
      width: 160,
      height: 120,
      notes: ['the video is 180x320, frames are 160x120: black bars fill the rest'],
    })
    expect(await decode(file, { fit: 'crop' })).toMatchObject({ width: 160, height: 120 })
  })

  test('letterbox has black bars beside the picture, and nothing else is black', async () => {
    const file = join(folder, 'white.mkv')
    await execa(ffmpeg, [
      '-y',
      '-loglevel',
      'error',
      '-f',
      'lavfi',
      '-i',
      'color=white:size=120x240',
      '-frames:v',
      '2',
      '-c:v',
      'ffv1',
      file,
    ])
    const { frames } = await decode(file, { fit: 'letterbox' })
    await writeFile(join(folder, 'white.jpg'), frames[0]!)
    const { stdout } = await execa(
      ffmpeg,
      ['-loglevel', 'error', '-i', join(folder, 'white.jpg'), '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
      { encoding: 'buffer' },
    )
    const row = [...stdout.subarray(60 * 160, 61 * 160)]
    expect(Math.max(...row.slice(0, 44), ...row.slice(116))).toBeLessThan(12)
    expect(Math.min(...row.slice(56, 104))).toBeGreaterThan(240)
  })

  test('a rotated video is shown upright, and that is said', async () => {
    const plain = await make('plain.mp4', h264)
    const rotated = join(folder, 'rotated.mp4')
    await execa(ffmpeg, [
      '-y',
      '-loglevel',
      'error',
      '-display_rotation',
      '90',
      '-i',
      plain,
      '-c',
      'copy',
      rotated,
    ])
    const clip = await decode(rotated, sourceSize)
    expect(clip).toMatchObject({ width: 240, height: 320 })
    expect(clip.notes).toEqual(['the video is rotated by -90°, as its metadata says'])
  })

  test('an anamorphic video is shown with its shape', async () => {
    const file = await make('wide.mp4', [...h264, '-vf', 'setsar=4/3'])
    const clip = await decode(file, sourceSize)
    expect(clip).toMatchObject({ width: 426, height: 240 })
    expect(clip.notes).toEqual(['the video is shown as 427x240 (320x240 with pixels that are not square)'])
    expect((await decode(file, { height: 90 })).notes).toEqual([])
  })

  test('two video streams: the first or the one asked for, and which is said', async () => {
    const file = await make('two.mkv', [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x48:rate=10:duration=1',
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'ffv1',
      '-t',
      '1',
    ])
    const first = await decode(file, sourceSize)
    expect(first.width).toBe(320)
    expect(first.notes).toEqual([
      'the source has 2 video streams (1: 320x240 at 25 fps, ffv1, 2: 64x48 at 10 fps, ffv1); stream 1 is used (video.stream)',
    ])
    expect((await decode(file, { ...sourceSize, stream: 2 })).width).toBe(64)
    await expect(decode(file, { stream: 3 })).rejects.toMatchObject({
      message: 'the source has no such video stream',
      parts: { expected: 'video.stream from 1 to 2', received: '3' },
    })
  })

  test('file:// is a file', async () => {
    const file = await make('a b.mp4', h264)
    expect((await decode(pathToFileURL(file).href, { frames: 2 })).frames).toHaveLength(2)
  })

  test('damage is refused with its place and the remedy, or skipped with the number of frames lost', async () => {
    const bytes = await readFile(await make('whole.mp4', h264, '320x240', 4))
    const middle = Math.floor(bytes.length / 2)
    for (let i = middle; i < middle + 1500; i++) bytes[i] = (bytes[i]! * 7 + 13) & 255
    const broken = join(folder, 'broken.mp4')
    await writeFile(broken, bytes)
    await expect(decode(broken)).rejects.toMatchObject({
      message: expect.stringMatching(/^the video is damaged after \d+ frames \(\d\.\d s\)$/),
      parts: { remedy: expect.stringContaining('`damage: skip`') },
    })
    const skipped = await decode(broken, { damage: 'skip' })
    expect(skipped.framesLost).toBeGreaterThan(0)
    expect(skipped.frames.length + skipped.framesLost).toBe(100)
    expect(skipped.notes).toEqual([expect.stringMatching(/^\d damaged frames? of the video left out$/)])
  })

  test('a recording that begins in the middle of a group of pictures', async () => {
    const bytes = await readFile(await make('whole.ts', h264, '320x240', 4))
    const cut = join(folder, 'cut.ts')
    await writeFile(cut, bytes.subarray(Math.floor(bytes.length / 188 / 3) * 188))
    await expect(decode(cut)).rejects.toMatchObject({
      message: expect.stringMatching(/^the video is damaged: \d+ of its \d+ frames cannot be decoded$/),
    })
    const { framesLost, frames } = await decode(cut, { damage: 'skip' })
    expect(frames).toHaveLength(50)
    expect(framesLost).toBeGreaterThan(5)
    expect(framesLost).toBeLessThan(20)
  })

  test('options of the input reach ffmpeg', async () => {
    const file = await make('long.mp4', h264)
    expect((await decode(file, { input: { ss: 0.8 } })).frames).toHaveLength(5)
  })

  describe('over HTTP', () => {
    async function serving(answer: (url: string, response: ServerResponse) => void): Promise<string> {
      const server = createServer((request, response) => answer(request.url ?? '', response))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }

    test('a camera, a playlist and a file are told apart', async () => {
      const host = await serving((url, response) => {
        if (url === '/camera')
          response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=x' }).write('--x')
        else if (url === '/clip') response.writeHead(200, { 'content-length': 5 }).end('12345')
        else if (url === '/ts') response.writeHead(200, { 'content-type': 'video/mp2t' }).write('x')
        else if (url === '/digest') response.writeHead(401, { 'www-authenticate': 'Digest realm="x"' }).end()
        else if (url === '/live.m3u8') response.end('#EXTM3U\n#EXTINF:1\na.ts\n')
        else if (url === '/recorded.m3u8') response.end('#EXTM3U\n#EXTINF:1\na.ts\n#EXT-X-ENDLIST\n')
        else if (url === '/master.m3u8')
          response.end('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nrecorded.m3u8\n')
        else response.writeHead(404).end()
      })
      const live = async (path: string) => isLive(classifySource(`${host}${path}`))
      expect(await Promise.all(['/camera', '/ts', '/digest', '/live.m3u8'].map(live))).toEqual(
        Array(4).fill(true),
      )
      const others = ['/clip', '/recorded.m3u8', '/master.m3u8', '/missing']
      expect(await Promise.all(others.map(live))).toEqual(Array(4).fill(false))
      expect(await isLive(classifySource('http://127.0.0.1:9/x'))).toBe(false)
    })

    test('a camera needs a number of frames', async () => {
      const jpegs = await decode(await make('camera.mp4', h264))
      const host = await serving((_, response) => {
        response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=b' })
        for (const jpeg of jpegs.frames) {
          response.write(`--b\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`)
          response.write(jpeg)
          response.write('\r\n')
        }
      })
      await expect(decode(`${host}/camera`)).rejects.toMatchObject({
        message: 'this video source has no end',
      })
      const { frames, notes } = await decode(`${host}/camera`, { frames: 5 })
      expect(frames).toHaveLength(5)
      expect(notes).toEqual([expect.stringMatching(/^the source delivers 160x120 at \d+ fps, mjpeg$/)])
    })
  })

  test.each(['udp', 'tcp', 'srt', 'rtmp'])('%s:// is read live', async (scheme) => {
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    const [from, to, format] = {
      udp: [`udp://127.0.0.1:${port}`, `udp://127.0.0.1:${port}?pkt_size=1316`, 'mpegts'],
      tcp: [`tcp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}?listen=1`, 'mpegts'],
      srt: [`srt://127.0.0.1:${port}?mode=caller`, `srt://127.0.0.1:${port}?mode=listener`, 'mpegts'],
      rtmp: [`rtmp://127.0.0.1:${port}/live/a`, `rtmp://127.0.0.1:${port}/live/a`, 'flv'],
    }[scheme] as [string, string, string]
    const camera = [
      '-re',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=160x120:rate=25',
      ...h264,
      '-g',
      '5',
      '-tune',
      'zerolatency',
      '-f',
      format,
    ]
    const listens = scheme === 'rtmp' ? ['-listen', '1'] : []
    const sender = execa(ffmpeg, ['-loglevel', 'error', ...camera, ...listens, to], {
      reject: false,
      stdin: 'ignore',
    })
    onTestFinished(async () => {
      sender.kill('SIGKILL')
      await sender
    })
    // The sender needs a moment until it listens.
    const settings = { frames: 10, damage: 'skip', input: { analyzeduration: 500_000 } } as const
    const { frames } = await vi.waitFor(() => decode(from, settings), { timeout: 20_000, interval: 300 })
    expect(frames).toHaveLength(10)
  })

  test('an RTSP camera over TCP or UDP, whose password is not encoded', async () => {
    const camera = await startRtspCamera(ffmpeg, { user: 'us3r', password: 's3cr#t?/@x' })
    onTestFinished(() => camera.close())
    const address = `127.0.0.1:${camera.port}/1`
    const source = `rtsp://us3r:s3cr#t?/@x@${address}`
    const settings = { frames: 5, damage: 'skip', input: { analyzeduration: 500_000 } } as const
    expect((await decode(source, settings)).frames).toHaveLength(5)
    expect((await decode(source, { ...settings, transport: 'udp' })).frames).toHaveLength(5)
    expect(camera.transports).toEqual(['tcp', 'udp'])
    vi.stubEnv('CAM_PASS', 's3cr#t?/@x')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect((await decode(`rtsp://us3r:$env:CAM_PASS@${address}`, settings)).frames).toHaveLength(5)
    const wrong: unknown = await decode(`rtsp://us3r:s3cret@${address}`, settings).catch(
      (error: unknown) => error,
    )
    expect(wrong).toMatchObject({
      message: 'the video source cannot be opened',
      parts: { where: `rtsp://***@${address}` },
    })
    expect(JSON.stringify(wrong)).toContain('401')
    expect(JSON.stringify(wrong)).not.toMatch(/us3r|s3cr/)
  })

  test('a protocol that this ffmpeg lacks is refused with those that it has', async () => {
    const small = join(folder, 'small-ffmpeg')
    await writeFile(
      small,
      `#!/bin/sh\ncase "$*" in *-protocols*) printf 'Input:\\n  file\\n  tcp\\nOutput:\\n  file\\n';; *) exec '${ffmpeg}' "$@";; esac\n`,
      { mode: 0o755 },
    )
    const decoding = decodeFrames(
      { source: 'srt://us3r:s3cr@127.0.0.1:9', width: 64, height: 48, quality: 5, frames: 1 },
      { ffmpeg: small },
    )
    await expect(decoding).rejects.toMatchObject({
      message: 'this ffmpeg cannot read srt://',
      parts: {
        expected: 'an address with one of its protocols: file, tcp',
        where: 'video source srt://***@127.0.0.1:9',
      },
    })
  })
})
