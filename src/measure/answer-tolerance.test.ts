import { expect, test } from 'vitest'
import { answerTolerance } from './answer-tolerance.js'

test('the tolerance lies between the noise of batching and the nearest two frames', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.515 }, { cat: 0.6 }]
  const together = [{ cat: 0.500_000_6 }, { cat: 0.515 }, { cat: 0.6 }]
  const reference = answerTolerance(alone, [together])
  expect(reference).toMatchObject({ state: 'on', frames: 3 })
  if (reference.state === 'off') return
  expect(reference.noise).toBeCloseTo(6e-7, 9)
  expect(reference.nearestDifferent).toBeCloseTo(0.015, 9)
  expect(reference.tolerance).toBeGreaterThan(reference.noise)
  expect(reference.tolerance).toBeLessThan(reference.nearestDifferent)
  expect(reference.power).toBeGreaterThanOrEqual(2)
})

test('a clip whose frames are answered alike switches the check off and says so', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.5 }]
  expect(answerTolerance(alone, [alone])).toEqual({
    state: 'off',
    noise: 0,
    reason: expect.stringContaining('too similar'),
  })
})

test('noise as large as the distance of two frames leaves no tolerance', () => {
  const reference = answerTolerance([{ cat: 0.5 }, { cat: 0.51 }], [[{ cat: 0.508 }, { cat: 0.51 }]])
  expect(reference.state).toBe('off')
})

test('answers without numbers, or a single frame, cannot be compared', () => {
  expect(answerTolerance([{}, {}], [[{}, {}]]).state).toBe('off')
  expect(answerTolerance([{ cat: 1 }], [[{ cat: 1 }]]).state).toBe('off')
})

test('two answers that were swapped are no noise: the check stays on, and counts them', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.515 }, { cat: 0.6 }]
  const swapped = [{ cat: 0.515_000_6 }, { cat: 0.5 }, { cat: 0.6 }]
  const reference = answerTolerance(alone, [swapped])
  expect(reference).toMatchObject({ state: 'on', mixedUp: 2, noise: expect.closeTo(6e-7, 9) as number })
})

test('the noise is the largest of all ways in which frames were sent together', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.6 }]
  const reference = answerTolerance(alone, [alone, [{ cat: 0.5 }, { cat: 0.600_02 }]])
  expect(reference).toMatchObject({ state: 'on', frames: 2, noise: expect.closeTo(2e-5, 9) as number })
})

test('the noise that another setting has shown counts, if this one shows none by chance', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.6 }]
  expect(answerTolerance(alone, [alone])).toMatchObject({ state: 'on', noise: 0 })
  expect(answerTolerance(alone, [alone], { noiseBefore: 0.002 })).toMatchObject({
    state: 'on',
    noise: 0.002,
    tolerance: expect.closeTo(0.02, 9) as number,
  })
  expect(answerTolerance(alone, [alone], { noiseBefore: 0.02 })).toMatchObject({ state: 'off', noise: 0.02 })
})

test('without any noise the tolerance is still a tenth of the distance between two frames', () => {
  const alone = [{ cat: 0.5 }, { cat: 0.6 }]
  expect(answerTolerance(alone, [alone])).toMatchObject({ tolerance: expect.closeTo(0.01, 9) as number })
})
