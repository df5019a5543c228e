import { expect, test } from 'vitest'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { measureStability } from './stability.js'

const window = { fromUs: 0, toUs: 9_000_000 }
const closed = (batchSize: number) => pointOf(1, 'server', batchSize, closedLoad(16))

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
  expect(measureStability(thirds(100, 95, 91), window, closed(1))).toMatchObject({ stable: true })
  expect(measureStability(thirds(100, 95, 80), window, closed(1))).toMatchObject({ stable: false })
})

test('two batches are always allowed for, because answers come in whole batches', () => {
  expect(measureStability(thirds(24, 16, 8), window, closed(8))).toMatchObject({ stable: true })
  expect(measureStability(thirds(24, 16, 8), window, closed(4))).toMatchObject({ stable: false })
})

test('cameras at a fixed rate are not unstable for the chance of where their frames fall', () => {
  const cameras = pointOf(1, 'server', 1, cameraLoad(1, 15))
  expect(measureStability(thirds(20, 18, 22), window, cameras)).toMatchObject({ stable: true })
  expect(measureStability(thirds(600, 560, 640), window, cameras)).toMatchObject({ stable: true })
  expect(measureStability(thirds(20, 18, 2), window, cameras)).toMatchObject({ stable: false })
  expect(measureStability(thirds(600, 560, 460), window, cameras)).toMatchObject({ stable: false })
})

test('a window of no length is not judged', () => {
  expect(measureStability(thirds(1, 1, 1), { fromUs: 5, toUs: 5 }, closed(1))).toBeUndefined()
})
