import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import {
  scheduleOfThread,
  type DueRequest,
  type RequestSchedule,
  type ScheduleSettings,
} from './request-schedule.js'

const load: CameraLoad = {
  kind: 'cameras',
  cameras: 2,
  fps: 10,
  phases: 'aligned',
  maxInFlightPerCamera: 1,
  queue: { policy: 'queue', depth: 0 },
  camerasPerClient: 1,
}

function settings(changes: Partial<CameraLoad> = {}, rest: Partial<ScheduleSettings> = {}): ScheduleSettings {
  const all = { ...load, ...changes }
  return {
    load: all,
    framesPerRequest: 1,
    phaseSeed: 1,
    clip: { frames: 100, cameras: all.cameras },
    ...rest,
  }
}

function until(schedule: RequestSchedule, endUs: number): DueRequest[] {
  const requests: DueRequest[] = []
  while (schedule.peekUs() < endUs) requests.push(schedule.next())
  return requests
}

/** As the load does before it stops: all that is due by then is taken. */
function stopAt(schedule: RequestSchedule, stopUs: number): DueRequest[] {
  const requests: DueRequest[] = []
  while (schedule.peekUs() <= stopUs) requests.push(schedule.next())
  return requests
}

const brief = (requests: DueRequest[]) =>
  requests.map(({ dueUs, frames }) => [
    dueUs / 1000,
    frames.map(({ camera, tick }) => `${camera}.${tick}`).join(' '),
  ])

describe('server batching', () => {
  test('each frame is due at its capture, cameras in order where they are aligned', () => {
    expect(brief(until(scheduleOfThread(settings(), 0, 1), 200_001))).toEqual([
      [0, '0.0'],
      [0, '1.0'],
      [100, '0.1'],
      [100, '1.1'],
      [200, '0.2'],
      [200, '1.2'],
    ])
  })

  test('random phases shift each camera within its period and depend on the seed alone', () => {
    const first = until(scheduleOfThread(settings({ phases: 'random', cameras: 20 }), 0, 1), 1_000_000)
    const again = until(scheduleOfThread(settings({ phases: 'random', cameras: 20 }), 0, 1), 1_000_000)
    const other = until(
      scheduleOfThread(settings({ phases: 'random', cameras: 20 }, { phaseSeed: 2 }), 0, 1),
      1_000_000,
    )
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    expect(first).toHaveLength(200)
    const shifts = first.filter(({ frames }) => frames[0]!.tick === 0).map(({ dueUs }) => dueUs)
    expect(Math.max(...shifts)).toBeLessThan(100_000)
    expect(new Set(shifts).size).toBe(20)
  })

  test('poisson cameras keep the mean rate with exponential gaps', () => {
    const all = until(
      scheduleOfThread(settings({ phases: 'poisson', cameras: 1, fps: 1000 }), 0, 1),
      20_000_000,
    )
    expect(all.length).toBeGreaterThan(19_000)
    expect(all.length).toBeLessThan(21_000)
    const gaps = all.slice(1).map(({ dueUs }, i) => dueUs - all[i]!.dueUs)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    // An exponential distribution has a standard deviation equal to its mean.
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.9)
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.1)
  })

  test('a thousand hours later no rounding has added up', () => {
    const schedule = scheduleOfThread(settings({ cameras: 1, fps: 30, phases: 'aligned' }), 0, 1)
    let last: DueRequest | undefined
    for (let i = 0; i < 300_000; i++) last = schedule.next()
    expect(last!.dueUs).toBeCloseTo((299_999 / 30) * 1e6, 3)
  })
})

describe('client batching', () => {
  test('fills across the cameras of one edge device in order of capture', () => {
    const s = settings({ cameras: 4, camerasPerClient: 2 }, { framesPerRequest: 3 })
    expect(brief(until(scheduleOfThread(s, 0, 1), 150_000))).toEqual([
      [100, '0.0 1.0 0.1'],
      [100, '2.0 3.0 2.1'],
    ])
  })

  test('a partial batch goes at its fill deadline, with what was captured at that moment', () => {
    const s = settings({ cameras: 1, fillDeadlineMs: 200 }, { framesPerRequest: 4 })
    expect(brief(until(scheduleOfThread(s, 0, 1), 600_000))).toEqual([
      [200, '0.0 0.1 0.2'],
      [500, '0.3 0.4 0.5'],
    ])
  })

  test('at the end of the passes what is left goes with the last capture', () => {
    const s = settings({ cameras: 1 }, { framesPerRequest: 4, clip: { frames: 6, cameras: 1, passes: 1 } })
    const schedule = scheduleOfThread(s, 0, 1)
    expect(brief(until(schedule, 1e9))).toEqual([
      [300, '0.0 0.1 0.2 0.3'],
      [500, '0.4 0.5'],
    ])
    expect(schedule.peekUs()).toBe(Number.POSITIVE_INFINITY)
  })

  test('flushed early, it gives out what was captured and nothing later', () => {
    const schedule = scheduleOfThread(settings({ cameras: 1 }, { framesPerRequest: 4 }), 0, 1)
    expect(schedule.holdsCapturedBetween(0, 150_000)).toBe(true)
    expect(brief(schedule.flush(250_000))).toEqual([[250, '0.0 0.1 0.2']])
    expect(schedule.peekUs()).toBe(Number.POSITIVE_INFINITY)
  })
})

const byTime = (a: DueRequest, b: DueRequest) => a.dueUs - b.dueUs || a.client - b.client

const anySettings = fc
  .record({
    cameras: fc.integer({ min: 1, max: 9 }),
    camerasPerClient: fc.integer({ min: 1, max: 4 }),
    fps: fc.constantFrom(1, 7.5, 30),
    phases: fc.constantFrom('random' as const, 'aligned' as const, 'poisson' as const),
    fillDeadlineMs: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    framesPerRequest: fc.integer({ min: 1, max: 5 }),
    phaseSeed: fc.nat(),
  })
  .map(({ framesPerRequest, phaseSeed, ...changes }) => settings(changes, { framesPerRequest, phaseSeed }))

test('threads divide the schedule without changing it', () => {
  fc.assert(
    fc.property(anySettings, fc.integer({ min: 2, max: 4 }), (s, threads) => {
      const one = until(scheduleOfThread(s, 0, 1), 2_000_000)
      const striped = Array.from({ length: threads }, (_, i) =>
        until(scheduleOfThread(s, i, threads), 2_000_000),
      )
      expect(striped.flat().toSorted(byTime)).toEqual(one.toSorted(byTime))
    }),
    { numRuns: 50 },
  )
})

test('requests come in order of time, batches keep their size and their deadline, no frame is lost or doubled', () => {
  fc.assert(
    fc.property(anySettings, fc.integer({ min: 1, max: 2_000_000 }), (s, stopUs) => {
      const schedule = scheduleOfThread(s, 0, 1)
      const due = stopAt(schedule, stopUs)
      const all = [...due, ...schedule.flush(stopUs)]
      const times = due.map(({ dueUs }) => dueUs)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      const perCamera = new Map<number, number[]>()
      for (const { dueUs, frames, client } of all) {
        expect(frames.length).toBeLessThanOrEqual(s.framesPerRequest)
        for (const { camera, tick, capturedUs } of frames) {
          expect(Math.floor(camera / s.load.camerasPerClient)).toBe(client)
          expect(capturedUs).toBeLessThanOrEqual(dueUs)
          perCamera.set(camera, [...(perCamera.get(camera) ?? []), tick])
        }
        const longestFillUs = (s.load.fillDeadlineMs ?? Number.POSITIVE_INFINITY) * 1000 + 0.001
        expect(dueUs - frames[0]!.capturedUs).toBeLessThanOrEqual(longestFillUs)
      }
      for (const ticks of perCamera.values()) expect(ticks).toEqual(ticks.map((_, i) => i))
      const single = scheduleOfThread({ ...s, framesPerRequest: 1 }, 0, 1)
      const captures = stopAt(single, stopUs).length
      expect(single.flush(stopUs)).toEqual([])
      expect(all.reduce((sum, { frames }) => sum + frames.length, 0)).toBe(captures)
    }),
    { numRuns: 200 },
  )
})
