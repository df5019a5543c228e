import { expect, test } from 'vitest'
import { hideAddress } from '../../system/secret-address.js'

import { classifySource, isEndless } from './video-source.js'

test.each([
  ['clip.mp4', { kind: 'file', path: 'clip.mp4' }],
  ['-i', { kind: 'file', path: '-i' }],
  ['concat:a|b', { kind: 'file', path: 'concat:a|b' }],
  ['file:///etc/hosts', { kind: 'file', path: 'file:///etc/hosts' }],
  ['testsrc.mp4', { kind: 'file', path: 'testsrc.mp4' }],
  ['testsrc', { kind: 'testsrc' }],
  ['https://host/a.mp4', { kind: 'http', url: 'https://host/a.mp4' }],
  ['rtsp://camera/1', { kind: 'rtsp', url: 'rtsp://camera/1' }],
  ['RTSPS://camera/1', { kind: 'rtsp', url: 'RTSPS://camera/1' }],
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

test('cameras and the test pattern have no end, files and downloads have', () => {
  expect(['rtsp://c/1', '0', 'testsrc'].map((source) => isEndless(classifySource(source, 'linux')))).toEqual([
    true,
    true,
    true,
  ])
  expect(['a.mp4', 'http://c/1.mp4'].map((source) => isEndless(classifySource(source)))).toEqual([
    false,
    false,
  ])
})

test('the address that ffmpeg gets has the password, percent-encoded', () => {
  expect(classifySource(hideAddress('rtsp://us3r:s3cr#t?/@x@host/1'))).toEqual({
    kind: 'rtsp',
    url: 'rtsp://us3r:s3cr%23t%3F%2F%40x@host/1',
  })
})
