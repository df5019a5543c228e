import { expect, test } from 'vitest'
import type { BatchingSettings, CameraLoad, PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { answerCapacity, type CapacityRun } from '../capacity-run.js'
import { capacitySettings } from '../capacity-setting.js'
import { bindingAt } from '../search/capacity-found.js'
import type { CapacityEvent } from './search-setting.js'
import { measureCapacity } from './measure-capacity.js'
import { label, summarised, virtualMeasurement, type VirtualServer } from './virtual-server.test.support.js'

const load: CameraLoad = {
  kind: 'cameras',
  cameras: 1,
  fps: 10,
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
}
const sixteen: BatchingSettings = {
  mode: 'server',
  framesPerRequest: 1,
  serverBatchSize: 16,
  batchSize: 16,
  maxBatchDelayMs: 50,
  encoding: 'raw',
}

function pointOf(
  changes: { batching?: Partial<BatchingSettings>; load?: Partial<CameraLoad>; sloMs?: number } = {},
): Point {
  return {
    id: 1,
    video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
    server: { kind: 'embedded', tauMs: 8, alphaMs: 2, jitter: 0, workers: 1 },
    model: {
      name: 'm',
      weights: 'seeded',
      request: { field: 'frame_{i}', json: 'object' },
      answer: 'none',
    },
    batching: { ...sixteen, ...changes.batching },
    load: { ...load, ...changes.load },
    measure: { warmupMaxS: 1, durationS: 4, repetitions: 3, deadlineMs: 5000 },
    slo: { latencyMs: changes.sloMs ?? 100, percentile: 99 },
  }
}

/** t(b) = 8 + 2·b ms: with batches of 16 and a delay of 50 ms, p99 at 10 fps is within 100 ms, out of it, and in again. */
const server: VirtualServer = {
  tauMs: 8,
  alphaMs: 2,
  jitter: 0,
  workers: 1,
  lossMs: 0,
  overhead: { sendMs: 0.5, answerMs: 0.5 },
  logs: true,
}

function capacityOf(point: Point, on: VirtualServer = server, resume?: CapacityRun) {
  const asked: { point: Point; planned: PlannedMeasurement }[] = []
  const events: CapacityEvent[] = []
  const saved: CapacityRun[] = []
  const found = measureCapacity({
    settings: capacitySettings([point], 'scenario.yaml', label),
    seed: 1,
    measure: async (measured, planned) => {
      asked.push({ point: measured, planned })
      return summarised(virtualMeasurement(on, measured, planned))
    },
    save: async (run) => {
      saved.push(JSON.parse(JSON.stringify(run)))
    },
    onEvent: (event) => events.push(event),
    ...(resume !== undefined && { resume }),
  })
  return { found, asked, events, saved }
}

/** Searched once: three tests look at it. */
let ofTheServer: ReturnType<typeof capacityOf> | undefined
const wholeSearch = () => (ofTheServer ??= capacityOf(pointOf()))

test('both sides of the planning edge are measured, and the region above it is said apart', async () => {
  const { found, events } = wholeSearch()
  const { found: capacity, calibration } = (await found).settings[0]!
  const low = capacity!.passing[0]!
  const high = capacity!.passing.at(-1)!
  expect(low[0]).toBe(1)
  expect(low[1]).toBeGreaterThanOrEqual(9)
  expect(low[1]).toBeLessThanOrEqual(11)
  expect(high[0]).toBeGreaterThan(28)
  expect(high[1]).toBeGreaterThanOrEqual(38)
  expect(capacity).toMatchObject({ planning: low[1], failsAt: low[1] + 1, basis: 'measured' })
  expect(capacity!.measured).toEqual([low[1], low[1] + 1])
  expect(capacity!.upper.at(-1)).toEqual(high)
  expect(capacity!.failure!.binding).toMatch(/latency/)
  expect(capacity!.sustained).toMatchObject({ sustained: true, decision: 'pass' })
  expect(calibration!.tauMs).toBeCloseTo(8, 3)
  expect(calibration!.alphaMs).toBeCloseTo(2, 3)
  expect(events[0]).toEqual({
    kind: 'setting',
    setting: 'server 16, workers 1',
    number: 1,
    of: 1,
  })
})

/** t(b) = 5 + 5·b ms and batches of 4: 160 frames per second at most. */
const sixteenCamerasAtMost = { ...server, tauMs: 5, alphaMs: 5 }
const four = { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 10 }

test('a number that uses all of the ceiling passes its windows, and still fails, because it cannot be sustained', async () => {
  const { found, asked } = capacityOf(pointOf({ batching: four, sloMs: 150 }), sixteenCamerasAtMost)
  const { found: capacity } = (await found).settings[0]!
  expect(capacity).toMatchObject({ planning: 15, failsAt: 16, measured: [15, 16] })
  expect(bindingAt(capacity!)).toBe('sustained')
  expect(capacity!.failureSustained).toMatchObject({ reason: 'utilisation', sustained: false })
  const seconds = asked.reduce(
    (sum, { point: { measure } }) => sum + measure.durationS + measure.warmupMaxS,
    0,
  )
  expect(seconds).toBeLessThan(75)
})

test('without batch times a tenth of the ceiling stays free, and the answer is not called sustained', async () => {
  const { found } = capacityOf(pointOf({ batching: four, sloMs: 150 }), {
    ...sixteenCamerasAtMost,
    logs: false,
  })
  const { found: capacity } = (await found).settings[0]!
  expect(capacity).toMatchObject({ planning: 14, failsAt: 15 })
  expect(capacity!.sustained).toMatchObject({ sustained: false, reason: 'no-batches' })
})

test.each([1, 25, 60, 200])(
  'with a budget of %i s the search ends in time, and says what is open',
  async (budgetS) => {
    let elapsedS = 0
    const run = await measureCapacity({
      settings: capacitySettings([pointOf({ batching: four, sloMs: 150 })], 'scenario.yaml', label),
      seed: 1,
      budgetS,
      elapsedS: () => elapsedS,
      measure: async (point, planned) => {
        elapsedS += point.measure.durationS + point.measure.warmupMaxS
        return summarised(virtualMeasurement(sixteenCamerasAtMost, point, planned))
      },
      save: async () => undefined,
    })
    const { found } = run.settings[0]!
    expect(elapsedS).toBeLessThan(Math.max(budgetS, 15) + 5)
    expect(found!.planning).toBeGreaterThanOrEqual(13)
    expect(found!.planning).toBeLessThanOrEqual(15)
    expect(found!.basis).toBe(budgetS < 60 ? 'simulated' : 'measured')
    expect(found!.open !== undefined).toBe(budgetS < 60)
  },
)

test('what a worker loses between batches and what a request costs besides is found by calibration', async () => {
  const slow = { ...server, lossMs: 3, overhead: { sendMs: 2, answerMs: 4 } }
  const { calibration } = (await capacityOf(pointOf({ sloMs: 150 }), slow).found).settings[0]!
  expect(calibration!.tauMs).toBeGreaterThan(10.5)
  expect(calibration!.tauMs).toBeLessThan(11.5)
  expect(calibration!.overheadMs).toBeGreaterThan(5)
  expect(calibration!.overheadMs).toBeLessThan(7)
})

test('a server that does not report its batches is searched without simulation', async () => {
  const { found, events } = capacityOf(pointOf(), { ...server, logs: false })
  const { found: capacity, calibration, search } = (await found).settings[0]!
  expect(calibration!.tauMs).toBeUndefined()
  expect(search!.simulated).toBe(false)
  expect(capacity!.planning).toBeGreaterThanOrEqual(8)
  expect(capacity!.planning).toBeLessThanOrEqual(11)
  expect(events.some(({ kind }) => kind === 'simulating')).toBe(false)
})

test('client batching across edge devices counts whole devices', async () => {
  const client = {
    mode: 'client',
    framesPerRequest: 4,
    serverBatchSize: 1,
    batchSize: 4,
    encoding: 'base64',
    maxBatchDelayMs: undefined,
  } as const
  const point = pointOf({ batching: client, load: { camerasPerClient: 4 }, sloMs: 200 })
  const { found, asked } = capacityOf(point)
  const { found: capacity } = (await found).settings[0]!
  expect(capacity!.planning).toBeGreaterThan(0)
  expect(capacity!.planning % 4).toBe(0)
  const cameras = asked.flatMap(({ point: { load } }) => (load.kind === 'cameras' ? load.cameras : []))
  expect(cameras.every((number) => number % 4 === 0)).toBe(true)
})

test('a run that goes on asks for the same measurements by the same names, and takes the same way', async () => {
  const whole = wholeSearch()
  const expected = await whole.found
  const half = whole.saved[Math.floor(whole.saved.length / 2)]!
  const { found, asked } = capacityOf(pointOf(), server, half)
  expect((await found).settings[0]!.found).toEqual(expected.settings[0]!.found)
  const name = ({ point, planned }: (typeof asked)[number]) =>
    JSON.stringify([point.id, planned.repetition, point.load, planned.phaseSeed])
  const known = new Set(whole.asked.map(name))
  for (const again of asked) expect(known).toContain(name(again))
})

test('no measurement has the name of another', async () => {
  const { found, asked } = wholeSearch()
  await found
  const names = asked.map(({ planned }) => `${planned.point}/${planned.repetition}`)
  expect(new Set(names).size).toBe(names.length)
})

test('an SLO below the latency of a frame that never queues is refused after calibration', async () => {
  const { found, asked } = capacityOf(pointOf({ sloMs: 9 }))
  const run = await found
  expect(run.settings[0]!.infeasible).toMatchObject({ reason: 'slo-below-service-time', sloMs: 9 })
  // Closed loads, and the camera load of the calibration, but none of the search.
  expect(asked.filter(({ point }) => point.load.kind === 'cameras')).toHaveLength(1)
  expect(answerCapacity(run)).toMatchObject({ kind: 'infeasible', exitCode: 2 })
})

test('a rate that one camera alone saturates the server with is refused', async () => {
  const run = await capacityOf(pointOf({ load: { fps: 1000 } })).found
  expect(run.settings[0]!.infeasible).toMatchObject({ reason: 'rate-above-ceiling', fps: 1000, step: 1 })
  expect(answerCapacity(run)).toMatchObject({ kind: 'infeasible', exitCode: 2 })
})

test('a scenario without a camera load, or without an SLO, is refused', () => {
  const closed: Point = { ...pointOf(), load: { kind: 'closed', framesInFlight: 8 } }
  expect(() => capacitySettings([closed], 'scenario.yaml', label)).toThrow('no camera load')
  const { slo: _, ...without } = pointOf()
  expect(() => capacitySettings([without], 'scenario.yaml', label)).toThrow('capacity needs an SLO')
})

test('cameras that send too few requests for a verdict are refused if nothing can be simulated', async () => {
  const slow = { ...server, tauMs: 400, alphaMs: 100, logs: false }
  const point = pointOf({ load: { fps: 0.1 }, sloMs: 30_000 })
  const run = await capacityOf({ ...point, slo: { latencyMs: 30_000, percentile: 99.9 } }, slow).found
  expect(run.settings[0]!.infeasible).toMatchObject({ reason: 'window-too-short', percentile: 99.9 })
})

test('numbers of cameras that a scenario lists are one setting, rates are several', () => {
  const points = [1, 2, 3].map((cameras) => pointOf({ load: { cameras } }))
  expect(capacitySettings(points, 'scenario.yaml', label)).toHaveLength(1)
  expect(capacitySettings([...points, pointOf({ load: { fps: 5 } })], 'scenario.yaml', label)).toHaveLength(2)
})
