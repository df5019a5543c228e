import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  clientsOfThread,
  countClients,
  requestNumbers,
  threadOfClient,
  type LoadSlice,
} from './load-slice.js'
import { smallCameraLoad } from './testing/small-job.test.support.js'

test('clients are edge devices, the last one with fewer cameras, or request loops of K frames', () => {
  expect(countClients(smallCameraLoad({ cameras: 10, camerasPerClient: 4 }), 1)).toBe(3)
  expect(countClients({ kind: 'closed', framesInFlight: 14 }, 4)).toBe(3)
})

test('the threads of a slice share its clients, each client once', () => {
  const slices = fc.record({
    agent: fc.constant(0),
    agents: fc.constant(1),
    firstClient: fc.nat(20),
    clients: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(slices, fc.integer({ min: 1, max: 6 }), (slice, threads) => {
      const shares = Array.from({ length: threads }, (_, thread) => clientsOfThread(slice, thread, threads))
      const all = Array.from({ length: slice.clients }, (_, i) => slice.firstClient + i)
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(all)
      for (const [thread, share] of shares.entries())
        expect(share.map((client) => threadOfClient(client, slice, threads))).toEqual(share.map(() => thread))
      expect(threadOfClient(slice.firstClient - 1, slice, threads)).toBe(-1)
      expect(threadOfClient(slice.firstClient + slice.clients, slice, threads)).toBe(-1)
    }),
  )
})

test('request numbers are unique, whatever the number of threads of each slice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), (threadsOf) => {
      const numbers = threadsOf.flatMap((threads, agent) => {
        const slice: LoadSlice = { agent, agents: threadsOf.length, firstClient: 0, clients: 9 }
        return Array.from({ length: threads }, (_, thread) => {
          const { first, step } = requestNumbers(slice, thread, threads)
          return Array.from({ length: 10 }, (__, n) => first + n * step)
        }).flat()
      })
      expect(new Set(numbers).size).toBe(numbers.length)
    }),
  )
})
