import { expect, test } from 'vitest'

import { ffmpegVersion, isAtLeast, parseFfmpegVersion } from './ffmpeg-version.js'

test.each([
  [
    'ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright (c) 2000-2026',
    'n9.0.2-17-g2a571b6068-20260930',
    9,
    0,
  ],
  ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021', '4.4.2-0ubuntu0.22.04.1', 4, 4],
  ['ffmpeg version N-118193-g5f2b9e1 Copyright (c) 2000-2025', 'N-118193-g5f2b9e1', Infinity, 0],
  [
    'ffmpeg version 2025-01-13-git-851a84650e-full_build',
    '2025-01-13-git-851a84650e-full_build',
    Infinity,
    0,
  ],
])('%s', (output, text, major, minor) => {
  expect(parseFfmpegVersion(output)).toEqual({ text, major, minor })
})

test('a program that is not ffmpeg, and one that is not there, have no version', async () => {
  expect(await ffmpegVersion(process.execPath)).toBeUndefined()
  expect(await ffmpegVersion('/nowhere/ffmpeg')).toBeUndefined()
})

test('releases are compared by number', () => {
  const version = { text: '5.1.2', major: 5, minor: 1 }
  expect(isAtLeast(version, 5, 1)).toBe(true)
  expect(isAtLeast(version, 4, 9)).toBe(true)
  expect(isAtLeast(version, 5, 2)).toBe(false)
  expect(isAtLeast(version, 6, 0)).toBe(false)
})
