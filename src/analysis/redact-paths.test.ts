import { expect, test } from 'vitest'
import type { Plan, Point } from '../scenario/plan/plan.js'
import { redactPaths } from './redact-paths.js'

function planOf(point: Partial<Point>): Plan {
  const whole = {
    id: 1,
    video: { source: '/home/me/clip.mp4', width: 640, height: 480, quality: 3 },
    server: { kind: 'torchserve', workers: 1, handler: '/home/me/new.py' },
    model: { name: 'm', weights: '/home/me/w.pt', archive: '/home/me/m.mar' },
    ...point,
  } as Point
  return { points: [whole], order: [], impossible: [], merged: [], seed: 1, expectedS: 1 }
}

test('of files on this machine only their names are left', () => {
  const text = JSON.stringify(redactPaths(planOf({})))
  expect(text).not.toContain('/home/me')
  for (const name of ['clip.mp4', 'new.py', 'w.pt', 'm.mar']) expect(text).toContain(`"${name}"`)
})

test('addresses, devices’ numbers and words stay as they are', () => {
  for (const source of ['rtsp://host/stream', 'https://host/a/b.mp4', '0', 'testsrc']) {
    const { points } = redactPaths(planOf({ video: { source, width: 1, height: 1, quality: 3 } }))
    expect(points[0]!.video.source).toBe(source)
  }
})

test('a table and a log file are named only, too', () => {
  const embedded = {
    kind: 'embedded',
    tauMs: 1,
    alphaMs: 1,
    jitter: 0,
    workers: 1,
    table: '/runs/a',
  } as const
  expect(redactPaths(planOf({ server: embedded })).points[0]!.server).toMatchObject({ table: 'a' })
  const url = {
    kind: 'url',
    api: 'torchserve',
    inferenceUrl: 'http://h:1',
    manage: false,
    logFile: '/var/log/ts.log',
  } as const
  expect(redactPaths(planOf({ server: url })).points[0]!.server).toMatchObject({ logFile: 'ts.log' })
})
