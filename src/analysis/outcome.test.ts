import { expect, test } from 'vitest'
import { frameCounts } from './summaries.test.support.js'
import { decideOutcome, worstOutcome } from './outcome.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'

const closed = pointOf(1, 'server', 4, closedLoad(16))
const cameras = pointOf(1, 'server', 4, cameraLoad(4))

const outcome = (
  point: typeof closed,
  failed: number,
  { refused = 0, within = 1000, growing = false } = {},
) =>
  decideOutcome({
    point,
    counts: frameCounts(1000, failed),
    framesRefusedUnderLoad: refused,
    framesWithinSlo: within,
    backlog: { growing },
  })

test('more than 1 % of failed frames is failing under each load, and exactly 1 % is not', () => {
  expect(outcome(closed, 11)).toBe('failing')
  expect(outcome(closed, 10)).toBeUndefined()
  expect(outcome(cameras, 11)).toBe('failing')
  expect(outcome(cameras, 10)).toBe('within-slo')
})

test('frames that met a full queue make no point failing, and a camera point overloaded', () => {
  expect(outcome(closed, 500, { refused: 500 })).toBeUndefined()
  expect(outcome(cameras, 500, { refused: 500 })).toBe('overloaded')
  expect(outcome(cameras, 10, { refused: 10 })).toBe('within-slo')
  expect(outcome(cameras, 511, { refused: 500 })).toBe('failing')
})

test('timeouts and drops are no failures of this kind', () => {
  const counts = frameCounts(1000)
  counts.byOutcome.ok = 0
  counts.byOutcome.timeout = 600
  counts.byOutcome.dropped = 400
  expect(decideOutcome({ point: closed, counts, framesRefusedUnderLoad: 0 })).toBeUndefined()
  const backlog = { growing: true }
  expect(decideOutcome({ point: cameras, counts, framesRefusedUnderLoad: 0, backlog })).toBe('overloaded')
})

test('failing is worse than overloaded, and the worst repetition counts', () => {
  expect(outcome(cameras, 900, { growing: true })).toBe('failing')
  expect(worstOutcome(['within-slo', 'overloaded', 'failing', 'over-slo'])).toBe('failing')
  expect(worstOutcome([undefined, 'over-slo', 'within-slo'])).toBe('over-slo')
  expect(worstOutcome([undefined])).toBeUndefined()
})
