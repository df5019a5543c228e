import { expect, test } from 'vitest'
import { foldOver } from './fold.js'
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
  expect(foldOver(thirds(100, 95, 91), measureStability(window, closed(1)))).toMatchObject({ stable: true })
  expect(foldOver(thirds(100, 95, 80), measureStability(window, closed(1)))).toMatchObject({ stable: false })
})

test('two batches are always allowed for, because answers come in whole batches', () => {
  expect(foldOver(thirds(24, 16, 8), measureStability(window, closed(8)))).toMatchObject({ stable: true })
  expect(foldOver(thirds(24, 16, 8), measureStability(window, closed(4)))).toMatchObject({ stable: false })
})

test('cameras at a fixed rate are not unstable for the chance of where their frames fall', () => {
  const cameras = pointOf(1, 'server', 1, cameraLoad(1, 15))
  expect(foldOver(thirds(20, 18, 22), measureStability(window, cameras))).toMatchObject({ stable: true })
  expect(foldOver(thirds(600, 560, 640), measureStability(window, cameras))).toMatchObject({ stable: true })
  expect(foldOver(thirds(20, 18, 2), measureStability(window, cameras))).toMatchObject({ stable: false })
  expect(foldOver(thirds(600, 560, 460), measureStability(window, cameras))).toMatchObject({ stable: false })
})

test('a window of no length is not judged', () => {
  expect(foldOver(thirds(1, 1, 1), measureStability({ fromUs: 5, toUs: 5 }, closed(1)))).toBeUndefined()
})
