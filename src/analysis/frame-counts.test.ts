import { expect, test } from 'vitest'
import { foldOver } from './fold.js'
import { countFrames, errorRate } from './frame-counts.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'

test('a closed load counts the frames of the requests that were due in the measured phase', () => {
  const counts = foldOver(
    handMadeSamples([
      { sentMs: 0, answeredMs: 1, frames: 8, phase: 'warmup' },
      { sentMs: 1, answeredMs: 2, frames: 8 },
      { sentMs: 2, outcome: 'timeout', frames: 8 },
      { sentMs: 3, answeredMs: 4, frames: 3, outcome: 'http-error' },
      { sentMs: 9, answeredMs: 10, frames: 8, phase: 'drain' },
    ]),
    countFrames(),
  )
  expect(counts.scheduled).toBe(19)
  expect(counts.byOutcome).toMatchObject({ ok: 8, timeout: 8, 'http-error': 3, dropped: 0 })
  expect(errorRate(counts)).toBeCloseTo(11 / 19)
})

test('a camera load counts frames by their capture, dropped ones too', () => {
  const counts = foldOver(
    handMadeSamples(
      [{ sentMs: 5, answeredMs: 9, frames: 2, phase: 'warmup' }],
      [{ capturedMs: 1, request: 0, phase: 'warmup' }, { capturedMs: 5, request: 0 }, { capturedMs: 6 }],
    ),
    countFrames(),
  )
  expect(counts).toMatchObject({ scheduled: 2, byOutcome: { ok: 1, dropped: 1 } })
})

test('a frame whose outcome is none of ours is a bug, and said', () => {
  const samples = handMadeSamples([{ sentMs: 0, answeredMs: 1 }])
  samples.requests.outcome[0] = 99
  expect(() => foldOver(samples, countFrames())).toThrow('1 frames were scheduled but 0 accounted for')
})
