import { expect, test } from 'vitest'
import type { ClosedLoad } from '../../scenario/plan/plan.js'
import { findCeiling } from './find-ceiling.js'

/**
 * A server of `workers`, batches of one frame of 10 ms, and 5 ms of a request besides: as many frames in flight as 1.5 ×
 * the workers saturate it.
 */
async function ceilingOf(workers: number, { tellsBatches = true, framesInFlight = 2 } = {}) {
  const asked: string[] = []
  const { fps } = await findCeiling(
    { kind: 'closed', framesInFlight },
    {
      framesPerRequest: 1,
      async measure(load: ClosedLoad, length) {
        asked.push(`${load.framesInFlight} ${length}`)
        const value = Math.min(workers * 100, (1000 * load.framesInFlight) / 15)
        const lossMs = (1000 * workers) / value - 10
        const batches = Array.from({ length: 50 }, (_, batch) => ({
          batch,
          requestsFormed: 1,
          framesFormed: 1,
          framesAsked: 1,
          members: [],
          ...(tellsBatches && { handlerMs: 10 }),
        }))
        const trace = {
          startedAt: '',
          windowS: 10,
          batches,
          underLoad: true,
          lossMs: tellsBatches ? lossMs : undefined,
          restsMs: [],
        }
        return { fps: { value, low: value, high: value }, trace }
      },
    },
  )
  return { fps: fps.value, asked }
}

test('a load whose batches keep the workers busy is the ceiling', async () => {
  expect(await ceilingOf(1)).toEqual({ fps: 100, asked: ['2 probe', '2 long'] })
})

test('where requests wait elsewhere than in the queue, more of them are sent until the workers are busy', async () => {
  expect(await ceilingOf(4, { framesInFlight: 5 })).toEqual({
    fps: 400,
    asked: ['5 probe', '10 probe', '10 long'],
  })
})

test('without batches, more frames in flight are tried until they gain nothing: the number of workers is unknown', async () => {
  expect(await ceilingOf(4, { tellsBatches: false })).toEqual({
    fps: 400,
    asked: ['2 probe', '4 probe', '8 probe', '16 probe', '16 long'],
  })
})

test('the queue of the server is never filled', async () => {
  expect((await ceilingOf(100, { framesInFlight: 40 })).asked).toEqual(['40 long'])
  expect((await ceilingOf(100, { framesInFlight: 20 })).asked).toEqual(['20 probe', '40 long'])
})
