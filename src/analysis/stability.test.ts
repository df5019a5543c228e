import { expect, test } from 'vitest'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { stabilityOf } from './stability.js'

const window = { fromUs: 0, toUs: 9_000_000 }

/** So many frames answered in each third of nine seconds. */
function thirds(...counts: number[]) {
  return handMadeSamples(
    counts.flatMap((count, third) =>
      Array.from({ length: count }, (_, i) => ({
        sentMs: 0,
        answeredMs: third * 3000 + ((i + 1) * 3000) / count,
      })),
    ),
  )
}

test('thirds within 10 % of each other are stable', () => {
  expect(stabilityOf(thirds(100, 95, 91), window, 1)).toMatchObject({ stable: true })
  expect(stabilityOf(thirds(100, 95, 80), window, 1)).toMatchObject({ stable: false })
})

test('two batches are always allowed for, because answers come in whole batches', () => {
  expect(stabilityOf(thirds(24, 16, 8), window, 8)).toMatchObject({ stable: true })
  expect(stabilityOf(thirds(24, 16, 8), window, 4)).toMatchObject({ stable: false })
})

test('a window of no length is not judged', () => {
  expect(stabilityOf(thirds(1, 1, 1), { fromUs: 5, toUs: 5 }, 1)).toBeUndefined()
})
