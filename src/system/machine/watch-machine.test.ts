import { expect, test } from 'vitest'
import type { MachineSample } from './sample-machine.js'
import { meansOverWindow } from './watch-machine.js'

const second = (timeS: number, changes: Partial<MachineSample> = {}): MachineSample => ({
  timeS,
  machineCpuShare: 0.5,
  stealShare: 0,
  clientCpuShare: 0.1,
  clientRssBytes: 1,
  ...changes,
})
const window = { windowStartUs: 1e6, windowEndUs: 3e6 }

test('only the seconds of the window count', () => {
  const machine = [
    second(1, { machineCpuShare: 1 }),
    second(2, { machineCpuShare: 0.2, throttledShare: 0.1 }),
    second(3, { machineCpuShare: 0.4, throttledShare: 0 }),
    second(4, { machineCpuShare: 1 }),
  ]
  const { machineCpuShare, throttledShare } = meansOverWindow(machine, window, 2)
  expect(machineCpuShare).toBeCloseTo(0.3)
  expect(throttledShare).toBeCloseTo(0.05)
})

test('what is neither the server’s nor the client’s is other programs’', () => {
  const known = second(2, { machineCpuShare: 1, serverCpuShare: 0.7 })
  expect(meansOverWindow([known], window, 2).otherCpuShare).toBeCloseTo(0.6)
  expect(meansOverWindow([second(2)], window, 2)).not.toHaveProperty('otherCpuShare')
})

test('what could not be observed stays absent', () => {
  expect(meansOverWindow([], window, 2)).toEqual({})
  expect(meansOverWindow([second(2)], window, 2)).not.toHaveProperty('throttledShare')
})
