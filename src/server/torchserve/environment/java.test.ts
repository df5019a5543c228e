import { expect, test } from 'vitest'

import { hasJavaWheel, javaMajor, parseJavaVersion } from './java.js'

test.each([
  ['openjdk version "17.0.15" 2025-04-15', '17.0.15', 17],
  ['java version "1.8.0_392"', '1.8.0_392', 8],
  ['openjdk version "21" 2023-09-19', '21', 21],
  ['openjdk version "25-ea" 2025-09-16', '25-ea', 25],
])('%s', (output, version, major) => {
  expect(parseJavaVersion(`${output}\nmore words`)).toBe(version)
  expect(javaMajor(version)).toBe(major)
})

test('what is no java has no version', () => {
  expect(
    parseJavaVersion('The operation couldn’t be completed. Unable to locate a Java Runtime.'),
  ).toBeUndefined()
})

test('the wheel with a Java is there for macOS and Linux on x86-64 only', () => {
  expect(hasJavaWheel('linux', 'x64')).toBe(true)
  expect(hasJavaWheel('darwin', 'arm64')).toBe(true)
  expect(hasJavaWheel('linux', 'arm64')).toBe(false)
  expect(hasJavaWheel('win32', 'x64')).toBe(false)
})
