import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipFrame, closedFrames, ticksOfCamera } from './clip-order.js'

test('cameras begin at places spread over the clip and go round it', () => {
  const clip = { frames: 10, cameras: 4 }
  expect([0, 1, 2, 3].map((camera) => clipFrame(camera, 0, clip))).toEqual([0, 2, 5, 7])
  expect([0, 1, 2, 3].map((tick) => clipFrame(3, tick, clip))).toEqual([7, 8, 9, 0])
  expect(ticksOfCamera(0, clip)).toBe(Number.POSITIVE_INFINITY)
})

const sizes = { frames: fc.integer({ min: 1, max: 40 }), passes: fc.integer({ min: 1, max: 4 }) }

test('with passes all cameras together send each frame exactly that many times', () => {
  fc.assert(
    fc.property(fc.record({ ...sizes, cameras: fc.integer({ min: 1, max: 50 }) }), (clip) => {
      const sent = Array.from({ length: clip.frames }, () => 0)
      for (let camera = 0; camera < clip.cameras; camera++) {
        for (let tick = 0; tick < ticksOfCamera(camera, clip); tick++) sent[clipFrame(camera, tick, clip)]!++
      }
      expect(sent).toEqual(sent.map(() => clip.passes))
    }),
  )
})

test('a closed load sends each frame exactly that many times, for any number of threads', () => {
  const cases = fc.record({
    ...sizes,
    framesPerRequest: fc.integer({ min: 1, max: 8 }),
    threads: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(cases, ({ framesPerRequest, threads, ...clip }) => {
      const sent = Array.from({ length: clip.frames }, () => 0)
      const numbers: number[] = []
      for (let thread = 0; thread < threads; thread++) {
        const dealer = closedFrames(clip, framesPerRequest, { first: thread, step: threads })
        const frames: number[] = []
        while (!dealer.exhausted()) {
          numbers.push(dealer.next(frames))
          for (const frame of frames) sent[frame]!++
        }
        dealer.next(frames)
        expect(frames).toEqual([])
      }
      expect(sent).toEqual(sent.map(() => clip.passes))
      expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => i))
    }),
  )
})
