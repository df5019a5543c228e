import { expect, test } from 'vitest'
import { hideAddress } from '../../system/secret-address.js'

import { classifySource, isEndless } from './video-source.js'

test.each([
  ['clip.mp4', { kind: 'file', path: 'clip.mp4' }],
  ['-i', { kind: 'file', path: '-i' }],
  ['concat:a|b', { kind: 'file', path: 'concat:a|b' }],
  ['file:///etc/hosts', { kind: 'file', path: '/etc/hosts' }],
  ['file:///a%20b.mp4', { kind: 'file', path: '/a b.mp4' }],
  ['testsrc.mp4', { kind: 'file', path: 'testsrc.mp4' }],
  ['testsrc', { kind: 'testsrc' }],
  ['https://host/a.mp4', { kind: 'download', scheme: 'https', url: 'https://host/a.mp4' }],
  ['rtsp://camera/1', { kind: 'live', scheme: 'rtsp', url: 'rtsp://camera/1' }],
  ['RTSPS://camera/1', { kind: 'live', scheme: 'rtsps', url: 'RTSPS://camera/1' }],
  ['0', { kind: 'device', format: 'v4l2', name: '/dev/video0' }],
  ['/dev/video2', { kind: 'device', format: 'v4l2', name: '/dev/video2' }],
])('%s', (source, expected) => {
  expect(classifySource(source, 'linux')).toEqual(expected)
})

test('on macOS a number is an avfoundation camera without its microphone', () => {
  expect(classifySource('1', 'darwin')).toEqual({ kind: 'device', format: 'avfoundation', name: '1:none' })
})

test('elsewhere a numbered device is refused with another way', () => {
  expect(() => classifySource('0', 'win32')).toThrow('capture devices')
})

test('cameras and the test pattern have no end, files have one, and downloads have to be asked', () => {
  const endless = (source: string) => isEndless(classifySource(source, 'linux'))
  expect(['rtsp://c/1', 'udp://@:5000', 'srt://c:1', 'rtmp://c/live', '0', 'testsrc'].map(endless)).toEqual(
    Array(6).fill(true),
  )
  expect(['a.mp4', 'http://c/1.mp4'].map(endless)).toEqual([false, undefined])
})

test.each(['webrtc://camera/1', 'concat://a', 'file://host/a.mp4'])(
  '%s is refused with what there is',
  (source) => {
    expect(() => classifySource(source)).toThrow('cannot be used as a video source')
  },
)

test('the address that ffmpeg gets has the password, percent-encoded', () => {
  expect(classifySource(hideAddress('rtsp://us3r:s3cr#t?/@x@host/1'))).toEqual({
    kind: 'live',
    scheme: 'rtsp',
    url: 'rtsp://us3r:s3cr%23t%3F%2F%40x@host/1',
  })
})
