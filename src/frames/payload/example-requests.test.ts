import { expect, test } from 'vitest'
import type { Point } from '../../scenario/plan/plan.js'
import { exampleRequests, videoKey } from './example-requests.js'

const video = { source: 'clip.mp4', width: 640, height: 480, quality: 3 }

function point(id: number, framesPerRequest: number, encoding: 'raw' | 'base64'): Point {
  return {
    id,
    video,
    server: { kind: 'auto', workers: 1 },
    model: {
      name: 'm',
      weights: 'seeded',
      request: { json: { n: '$count', data: ['$frame'] } },
      answer: 'auto',
    },
    batching: { mode: 'client', framesPerRequest, serverBatchSize: 1, batchSize: framesPerRequest, encoding },
    load: { kind: 'closed', framesInFlight: 16 },
    measure: { warmupMaxS: 1, durationS: 1, repetitions: 1, deadlineMs: 1000 },
  }
}

test('each kind of body is shown once, where it has most frames', () => {
  const points = [point(1, 1, 'base64'), point(2, 2, 'base64')]
  expect(exampleRequests(points, new Map([[videoKey(video), new Uint8Array(300)]]))).toEqual([
    {
      point: 2,
      framesPerRequest: 2,
      contentType: 'application/json',
      body: '{"n":2,"data":["<base64 JPEG, 400 bytes>","<base64 JPEG, 400 bytes>"]}',
    },
  ])
})

test('a video that was not decoded has frames without a size', () => {
  expect(exampleRequests([point(1, 1, 'base64')])[0]?.body).toBe('{"n":1,"data":["<base64 JPEG>"]}')
})
