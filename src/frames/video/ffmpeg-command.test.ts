import { expect, test } from 'vitest'

import { ffmpegCommand, type ReadOptions } from './ffmpeg-command.js'
import type { FfmpegVersion } from './ffmpeg-version.js'
import type { VideoSource } from './video-source.js'

const current = { text: '9.0.2', major: 9, minor: 0 }
const old = { text: '4.2.2', major: 4, minor: 2 }

function commandLine(
  source: VideoSource,
  { version = current, ...changes }: Partial<ReadOptions & { version: FfmpegVersion }> = {},
) {
  const settings = { width: 320, height: 240, quality: 3, frames: 5, pace: 'clip', isLive: false } as const
  return ffmpegCommand({ ...settings, source, ...changes }, version).args.join(' ')
}

test('a file is opened through the file protocol, whatever its name looks like', () => {
  expect(commandLine({ kind: 'file', path: '-y:x.mp4' })).toContain('-i file:-y:x.mp4 ')
})

test('a clip is read as fast as possible and damage ends it; live it is paced and goes on', () => {
  const file: VideoSource = { kind: 'file', path: 'a' }
  expect(commandLine(file)).toContain('-xerror')
  expect(commandLine(file)).not.toContain('realtime')
  expect(commandLine(file, { pace: 'live' })).toContain(',realtime')
  expect(commandLine(file, { pace: 'live' })).not.toContain('-xerror')
})

test('size, quality and number of frames reach ffmpeg', () => {
  const line = commandLine({ kind: 'testsrc' })
  expect(line).toContain('scale=320:240')
  expect(line).toContain('-q:v 3')
  expect(line).toContain('-frames:v 5')
  expect(line).toMatch(/-f mpjpeg pipe:1$/)
})

test('options are named as the version at hand knows them', () => {
  const rtsp: VideoSource = { kind: 'live', scheme: 'rtsp', url: 'rtsp://c/1' }
  expect(commandLine(rtsp)).toMatch(
    /-rtsp_transport tcp -timeout \d+ -i rtsp:\/\/c\/1 .*-fps_mode passthrough/,
  )
  expect(commandLine(rtsp, { version: old })).toMatch(/-stimeout \d+ -i rtsp:\/\/c\/1 .*-vsync passthrough/)
})

test('a device is opened through its input layer, at its own pace', () => {
  const line = commandLine(
    { kind: 'device', format: 'v4l2', name: '/dev/video0' },
    { pace: 'live', isLive: true },
  )
  expect(line).toContain('-f v4l2 -i /dev/video0')
  expect(line).not.toContain('realtime')
})

test('an address with a password is no argument: it is read from stdin, with the options of its protocol', () => {
  const source: VideoSource = { kind: 'live', scheme: 'rtsp', url: "rtsp://us3r:s3cr't@c/1" }
  const settings = { width: 320, height: 240, quality: 3, frames: 5, pace: 'clip', isLive: true } as const
  const input = { threads: 2, max_delay: 100 }
  const { args, stdin } = ffmpegCommand({ ...settings, source, input }, current)
  expect(args.join(' ')).not.toMatch(/us3r|s3cr/)
  expect(args.join(' ')).toContain('-threads 2 -protocol_whitelist')
  expect(args.join(' ')).toContain('-f concat -safe 0 -i pipe:0 ')
  expect(stdin).toBe(
    [
      'ffconcat version 1.0',
      String.raw`file 'rtsp://us3r:s3cr'\''t@c/1'`,
      "option fflags 'nobuffer'",
      "option rtsp_transport 'tcp'",
      "option timeout '10000000'",
      "option max_delay '100'",
      '',
    ].join('\n'),
  )
  expect(ffmpegCommand({ ...settings, source }, old).stdin).toBeUndefined()
})
