import { isAbsolute, resolve } from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import { cacheFolder } from './cache-folder.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('FRAMESTORM_HOME is the cache folder, made absolute', () => {
  vi.stubEnv('FRAMESTORM_HOME', 'some/where')
  expect(cacheFolder()).toBe(resolve('some/where'))
})

test.each(['', undefined])('without it (%j) the cache folder of the operating system is used', (value) => {
  vi.stubEnv('FRAMESTORM_HOME', value)
  expect(isAbsolute(cacheFolder())).toBe(true)
  expect(cacheFolder()).toContain('framestorm')
})
