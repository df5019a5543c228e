import { expect, test } from 'vitest'
import { parseMachineTicks, parseProcessUsage } from './proc-stat.js'

test('the line of all cores is parsed, and guest time is not counted twice', () => {
  const text = 'cpu  100 5 50 800 20 0 10 15 7 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n'
  expect(parseMachineTicks(text)).toEqual({ total: 1000, idle: 820, steal: 15 })
})

test('a kernel without steal time gives no steal time', () => {
  expect(parseMachineTicks('cpu  10 0 10 80 0 0 0\n')).toEqual({ total: 100, idle: 80, steal: 0 })
})

test('text of another form is undefined', () => {
  expect(parseMachineTicks('')).toBeUndefined()
})

const fields = 'S 1 2 2 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 1000 4096000 1234 18446744073709551615'

test('CPU is user and system time, memory the resident pages', () => {
  expect(parseProcessUsage(`42 (java) ${fields}`)).toEqual({ cpuTicks: 300, rssPages: 1234 })
})

test('a program whose name looks like fields does not shift them', () => {
  expect(parseProcessUsage(`42 (a) S 1 (b) ${fields}`)).toEqual({ cpuTicks: 300, rssPages: 1234 })
})

test('an ended process or text of another form has no usage', () => {
  expect(parseProcessUsage('')).toBeUndefined()
  expect(parseProcessUsage('42 (java) S 1')).toBeUndefined()
})
