import { expect, test } from 'vitest'
import { parseMachineTicks } from './machine-ticks.js'

test('the line of all cores is read, guest time not counted twice', () => {
  const text = 'cpu  100 5 50 800 20 0 10 15 7 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n'
  expect(parseMachineTicks(text)).toEqual({ total: 1000, idle: 820, steal: 15 })
})

test('kernels that know no steal time have none', () => {
  expect(parseMachineTicks('cpu  10 0 10 80 0 0 0\n')).toEqual({ total: 100, idle: 80, steal: 0 })
})

test('text of another form is nothing', () => {
  expect(parseMachineTicks('')).toBeUndefined()
})
