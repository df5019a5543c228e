import { expect, test } from 'vitest'
import { parseProcessUsage } from './process-usage.js'

const fields = 'S 1 2 2 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 1000 4096000 1234 18446744073709551615'

test('CPU is user and system time, memory the resident pages', () => {
  expect(parseProcessUsage(`42 (java) ${fields}`)).toEqual({ cpuTicks: 300, rssPages: 1234 })
})

test('a program whose name looks like fields does not shift them', () => {
  expect(parseProcessUsage(`42 (a) S 1 (b) ${fields}`)).toEqual({ cpuTicks: 300, rssPages: 1234 })
})

test('an ended process or foreign text is nothing', () => {
  expect(parseProcessUsage('')).toBeUndefined()
  expect(parseProcessUsage('42 (java) S 1')).toBeUndefined()
})
