import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { frameQueue } from './frame-queue.js'

test('drop-oldest keeps the newest frames', () => {
  const queue = frameQueue<number>({ policy: 'drop-oldest', depth: 2 })
  expect([1, 2, 3, 4].map((frame) => queue.push(frame))).toEqual([undefined, undefined, 1, 2])
  expect(queue.take(5)).toEqual([3, 4])
})

test('drop-newest keeps the oldest frames', () => {
  const queue = frameQueue<number>({ policy: 'drop-newest', depth: 2 })
  expect([1, 2, 3, 4].map((frame) => queue.push(frame))).toEqual([undefined, undefined, 3, 4])
  expect(queue.take(1)).toEqual([1])
})

test('queue drops nothing and says when it is full', () => {
  const queue = frameQueue<number>({ policy: 'queue', depth: 2 })
  expect(queue.push(1)).toBeUndefined()
  expect(queue.isFull()).toBe(false)
  expect(queue.push(2)).toBeUndefined()
  expect(queue.isFull()).toBe(true)
  expect(queue.cut(1)).toEqual([2])
  expect(queue.length()).toBe(1)
})

test('with any policy and any order of events a frame is waiting, taken or dropped, once', () => {
  const policy = fc.constantFrom('queue' as const, 'drop-oldest' as const, 'drop-newest' as const)
  fc.assert(
    fc.property(policy, fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean()), (policy, depth, pushes) => {
      const queue = frameQueue<number>({ policy, depth })
      const gone: number[] = []
      let next = 0
      let longest = 0
      for (const push of pushes) {
        const out = push ? [queue.push(next++)].filter((frame) => frame !== undefined) : queue.take(2)
        gone.push(...out)
        longest = Math.max(longest, queue.length())
      }
      expect(longest).toBeLessThanOrEqual(policy === 'queue' ? next : depth)
      gone.push(...queue.take(Infinity))
      expect(gone.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, frame) => frame))
    }),
  )
})
