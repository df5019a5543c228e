import { expect, test } from 'vitest'

import { isManagedPlatform, requireManagedPlatform } from './managed-platform.js'

test('TorchServe is run on Linux and macOS', () => {
  expect(['linux', 'darwin', 'win32'].map(isManagedPlatform)).toEqual([true, true, false])
  expect(() => requireManagedPlatform('linux')).not.toThrow()
})

test('elsewhere the ways around are told', () => {
  expect(() => requireManagedPlatform('win32')).toThrow(
    expect.objectContaining({
      exitCode: 3,
      parts: expect.objectContaining({ remedy: expect.stringContaining('--server embedded') }),
    }),
  )
})
