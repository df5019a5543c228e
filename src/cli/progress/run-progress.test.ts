import { expect, test } from 'vitest'
import type { Plan, Point } from '../../scenario/plan/plan.js'
import type { MeasurementRecord } from '../../run/manifest.js'
import { UserError } from '../../system/user-error.js'
import { lineDisplay, progressDisplay, simulationLines } from './progress-display.js'
import { followRun, timeLeftMs, type RunProgress } from './run-progress.js'

const point = {
  batching: { mode: 'server', batchSize: 1, framesPerRequest: 1, serverBatchSize: 1, encoding: 'raw' },
  load: { kind: 'closed', framesInFlight: 8 },
} as Point
const planned = { point: 1, repetition: 1, phaseSeed: 1 }

test('the time left is right whenever measurements last as long as planned', () => {
  const plan: Plan = {
    points: [point],
    order: Array.from({ length: 4 }, () => planned),
    impossible: [],
    merged: [],
    seed: 1,
    expectedS: 40,
  }
  let now = 0
  const left: number[] = []
  const observer = followRun(
    plan,
    4,
    () => now,
    (progress, event) => {
      if (event === 'end') left.push(progress.timeLeftMs)
    },
  )
  for (let each = 0; each < 4; each++) {
    observer.measurementStarts(planned, point)
    now += 10_000
    observer.measurementEnds({} as MeasurementRecord)
  }
  expect(left).toEqual([30_000, 20_000, 10_000, 0])
})

test('before anything finished, the time left is what the plan expects', () => {
  expect(timeLeftMs({ finishedMs: [], remaining: 10, currentMs: 0, expectedMs: 5000 })).toBe(50_000)
})

test('what was seen soon outweighs the plan', () => {
  const left = timeLeftMs({
    finishedMs: Array<number>(10).fill(10_000),
    remaining: 10,
    currentMs: 0,
    expectedMs: 5000,
  })
  expect(left).toBe(95_000)
})

test('the first measurement, which also waited for the server, does not count', () => {
  const input = { remaining: 1, currentMs: 0, expectedMs: 1000 }
  expect(timeLeftMs({ ...input, finishedMs: [60_000] })).toBe(1000)
  expect(timeLeftMs({ ...input, finishedMs: [60_000, 1000] })).toBe(1000)
})

test('the running measurement takes its own time off, but never more than its share', () => {
  const input = { finishedMs: [1000, 1000], remaining: 2, expectedMs: 1000 }
  expect(timeLeftMs({ ...input, currentMs: 400 })).toBe(1600)
  expect(timeLeftMs({ ...input, currentMs: 60_000 })).toBe(1000)
})

test('nothing remaining leaves no time', () => {
  expect(timeLeftMs({ finishedMs: [1000], remaining: 0, currentMs: 0, expectedMs: 1000 })).toBe(0)
})

test('the time left stands still while a run is slower than planned, and never goes up', () => {
  const plan: Plan = {
    points: [point],
    order: [planned, planned, planned, planned],
    impossible: [],
    merged: [],
    seed: 1,
    expectedS: 40,
  }
  let now = 0
  const left: number[] = []
  const observer = followRun(
    plan,
    4,
    () => now,
    (progress) => left.push(progress.timeLeftMs),
  )
  for (const ms of [10_000, 30_000, 40_000, 10_000]) {
    observer.measurementStarts(planned, point)
    now += ms
    observer.measurementEnds({} as MeasurementRecord)
  }
  expect(left).toEqual(left.toSorted((a, b) => b - a))
  expect(left.at(-1)).toBe(0)
})

test('a log is never silent for more than half a minute while a load runs', () => {
  let now = 0
  const lines: string[] = []
  const display = lineDisplay({ write: (line: string) => lines.push(line) > 0 }, () => now)
  const load = { phase: 'measured', fpsNow: 31.4, requestsInFlight: 4, framesOk: 90, framesFailed: 0 }
  const progress = { status: '', subject: 'point 1: server', done: 0, total: 2, load, timeLeftMs: 9000 }
  for (; now <= 65_000; now += 1000) display.changed(progress as RunProgress, 'load')
  expect(lines).toEqual(
    Array(2).fill('point 1: server: measured  ·  31.4 FPS  ·  4 requests in flight  ·  90 frames ok\n'),
  )
})

test('a log is never silent for more than ten seconds while settings are simulated', () => {
  let now = 0
  const lines: { atS: number; line: string }[] = []
  const stream = { write: (line: string) => lines.push({ atS: now / 1000, line }) > 0 }
  const { changed } = lineDisplay(stream, () => now)
  const plan = { points: [point], order: [], expectedS: 0 } as unknown as Plan
  const observer = followRun(plan, 0, () => now, changed)
  observer.status('simulating how many cameras each setting carries')
  // A simulation takes up to a few seconds.
  for (; now <= 41_000; now += 1500) observer.simulates({ setting: 1 + Math.floor(now / 10_000), of: 5 })
  const times = [...lines.map(({ atS }) => atS), 41]
  for (const [i, atS] of times.slice(1).entries()) expect(atS - times[i]!).toBeLessThanOrEqual(10)
  expect(lines[1]!.line).toBe('simulating how many cameras each setting carries: setting 1 of 5\n')
  expect(lines.at(-1)!.line).toContain('setting 4 of 5')
  // Not a line for each simulation.
  expect(lines.length).toBeLessThan(10)
})

test('a command without a display says that it simulates, but only if that takes long', () => {
  let now = 0
  const lines: string[] = []
  const say = simulationLines({ write: (line: string) => lines.push(line) > 0 }, () => now)
  say({ setting: 1, of: 3 })
  expect(lines).toEqual([])
  now = 6000
  say({ setting: 2, of: 3 })
  expect(lines).toEqual(['simulating how many cameras each setting carries: setting 2 of 3\n'])
})

test('a line of the log counts measurements, and names the point by its number in the report', () => {
  const lines: string[] = []
  const display = lineDisplay({ write: (line: string) => lines.push(line) > 0 }, () => 0)
  const fourth = { ...point, id: 4 }
  const plan = { points: [fourth], order: [planned, planned], expectedS: 20 } as unknown as Plan
  const observer = followRun(plan, 2, () => 0, display.changed)
  observer.measurementStarts(planned, fourth)
  observer.measurementEnds({} as MeasurementRecord)
  expect(lines).toEqual(['[1/2] point 4: no batching, 8 frames in flight, repetition 1 (10 s left)\n'])
})

test('the reason why points are left out is shown in full once', () => {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream
  const display = progressDisplay(stream, {})
  const leaveOut = (id: number, excerpt: string) => {
    const error = new UserError('the server rejected the first request', {
      excerpt,
      remedy: 'Check model.request.',
    })
    display.changed({ leftOut: { points: [id], error } } as unknown as RunProgress, 'left-out')
  }
  leaveOut(1, "  File in /tmp/a1\nKeyError: 'frames'")
  leaveOut(2, "  File in /tmp/b2\nKeyError: 'frames'")
  leaveOut(3, '  File in /tmp/c3\nValueError')
  const shown = written.filter((text) => text.includes('left out'))
  expect(shown).toHaveLength(3)
  expect(shown[0]).toMatch(/^point 1 left out: the server rejected[^]*KeyError[^]*remedy/)
  expect(shown[1]).toBe('point 2 left out for the same reason as point 1\n')
  expect(shown[2]).toMatch(/^point 3 left out: [^]*ValueError/)
})
