import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { mergePoints } from '../schema/merge-points.js'
import { scenarioSchema, type RawScenario } from '../schema/scenario-schema.js'
import { availableParallelism } from 'node:os'
import { planSchema } from './plan.js'
import { planScenario } from './plan-scenario.js'

type Changes = Partial<Record<keyof RawScenario, unknown>>

/** A plan of one closed point, changed as given; checked by the schema as a file would be. */
function planOf(changes: Changes) {
  const scenario = scenarioSchema.parse({
    video: { source: '/clip.mp4' },
    batching: { mode: 'server', batchSize: 4 },
    load: { kind: 'closed', framesInFlight: 8 },
    ...changes,
  })
  return planScenario({ entries: mergePoints(scenario), seed: 1, file: 'x.yaml' })
}

const bothModes = { mode: ['server', 'client'], batchSize: [1, 2, 4, 8] }

test('defaults are applied to what a scenario leaves out', () => {
  const { points } = planOf({})
  expect(points).toEqual([
    {
      id: 1,
      video: { source: '/clip.mp4', width: 640, height: 480, quality: 3 },
      server: { kind: 'auto', workers: 1 },
      model: {
        name: 'resnet-18',
        weights: 'seeded',
        request: { field: 'frame_{i}', json: 'object' },
        answer: 'auto',
      },
      batching: {
        mode: 'server',
        framesPerRequest: 1,
        serverBatchSize: 4,
        batchSize: 4,
        maxBatchDelayMs: 50,
        encoding: 'raw',
      },
      load: { kind: 'closed', framesInFlight: 8 },
      measure: { warmupMaxS: 10, durationS: 10, repetitions: 3, deadlineMs: 5000 },
    },
  ])
})

test('both modes are compared at equal batch size: K = 1 or B = 1', () => {
  const { points } = planOf({ batching: { ...bothModes, batchSize: 4 } })
  expect(
    points.map(({ batching }) => [batching.mode, batching.framesPerRequest, batching.serverBatchSize]),
  ).toEqual([
    ['server', 1, 4],
    ['client', 4, 1],
  ])
})

test('at batch size 1 the modes are one point', () => {
  const { points, merged } = planOf({ batching: bothModes })
  expect(points).toHaveLength(7)
  expect(merged).toEqual([
    {
      cell: 'mode=client batchSize=1',
      reason: 'at batch size 1 server and client batching send the same requests',
      point: 1,
    },
  ])
  expect(points.filter(({ batching }) => batching.batchSize === 1).map(({ id }) => id)).toEqual([1])
})

test('a delay where TorchServe joins one request, and auto beside the encoding that it chooses, are merged', () => {
  const delays = planOf({ batching: { mode: 'client', batchSize: 4, maxBatchDelayMs: [10, 50] } })
  expect(delays.points.map(({ batching }) => batching.maxBatchDelayMs)).toEqual([undefined])
  expect(delays.merged).toEqual([
    { cell: 'maxBatchDelayMs=50', reason: 'TorchServe does not wait if serverBatchSize is 1', point: 1 },
  ])
  const encodings = planOf({
    batching: { mode: 'server', batchSize: 4, encoding: ['auto', 'raw', 'base64'] },
  })
  expect(encodings.points.map(({ batching }) => batching.encoding)).toEqual(['raw', 'base64'])
  expect(encodings.merged).toEqual([
    { cell: 'encoding=raw', reason: 'encoding auto is raw for these requests', point: 1 },
  ])
})

test('a fill deadline without anything to fill, and a window beside passes, are merged', () => {
  const cameras = { kind: 'cameras', cameras: 2, fps: 5, fillDeadlineMs: [100, 200] }
  expect(planOf({ load: cameras }).merged.map(({ reason }) => reason)).toEqual([
    'a request of one frame is never partial',
  ])
  expect(planOf({ load: cameras, batching: { mode: 'client', batchSize: 4 } }).points).toHaveLength(2)
  const passes = planOf({ measure: { passes: 1, durationS: [5, 10] } })
  expect(passes.points.map(({ measure }) => [measure.passes, measure.repetitions])).toEqual([[1, 1]])
  expect(passes.merged.map(({ reason }) => reason)).toEqual(['passes replaces durationS'])
})

test('the same value twice is measured once', () => {
  expect(planOf({ batching: { mode: 'server', batchSize: [4, 4] } }).merged).toMatchObject([
    { reason: 'the settings are the same', point: 1 },
  ])
})

test('impossible combinations are omitted with the reason', () => {
  const { points, impossible } = planOf({
    batching: bothModes,
    load: { kind: 'closed', framesInFlight: [4, 12] },
  })
  expect(impossible).toEqual([
    {
      cell: 'mode=client batchSize=8 framesInFlight=4',
      reason: 'framesPerRequest 8 is above the 4 frames in flight',
    },
    {
      cell: 'mode=client batchSize=8 framesInFlight=12',
      reason: '12 frames in flight are not a multiple of framesPerRequest 8',
    },
  ])
  expect(points).toHaveLength(12)
})

test('one batch size can be split in several ways, where it is a multiple', () => {
  const { points, impossible } = planOf({ batching: { batchSize: 8, framesPerRequest: [1, 2, 3, 8] } })
  expect(
    points.map(({ batching }) => [batching.mode, batching.framesPerRequest, batching.serverBatchSize]),
  ).toEqual([
    ['server', 1, 8],
    ['hybrid', 2, 4],
    ['client', 8, 1],
  ])
  expect(impossible.map(({ reason }) => reason)).toEqual([
    'batchSize 8 is not a multiple of framesPerRequest 3',
  ])
  expect(
    planOf({
      batching: { batchSize: 8, serverBatchSize: 5 },
      points: [{}, { batching: { mode: 'server' } }],
    }),
  ).toHaveProperty('impossible.0.reason', 'batchSize 8 is not a multiple of serverBatchSize 5')
})

test('a plan without points is an error with a reason and a remedy', () => {
  const error = thrown(() =>
    planOf({ batching: { mode: 'client', batchSize: [8, 16] }, load: { kind: 'closed', framesInFlight: 4 } }),
  )
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('every combination of the scenario is impossible'),
  })
  expect(error).toHaveProperty(
    'parts.excerpt',
    '  framesPerRequest 8 is above the 4 frames in flight\n  framesPerRequest 16 is above the 4 frames in flight',
  )
})

test('a sweep of millions of combinations is refused before it fills the memory', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 2)
  const error = thrown(() =>
    planOf({
      video: { source: 'x', quality: 3, frames: hundred },
      batching: { framesPerRequest: hundred, serverBatchSize: hundred, maxBatchDelayMs: hundred },
    }),
  )
  expect(error).toMatchObject({ exitCode: 2, parts: { received: '100000000 combinations' } })
})

test('batches in flight fit every batch size', () => {
  const { points, impossible } = planOf({ batching: bothModes, load: { kind: 'closed', batchesInFlight: 2 } })
  expect(impossible).toEqual([])
  for (const { batching, load } of points) {
    expect(load).toEqual({ kind: 'closed', framesInFlight: 2 * batching.batchSize })
  }
})

test('a closed load that names no frames in flight keeps every worker busy at the largest batch', () => {
  expect(framesInFlight({ batching: bothModes })).toEqual(new Set([16]))
  expect(framesInFlight({ batching: bothModes, server: 'torchserve:workers=2' })).toEqual(new Set([24]))
  expect(framesInFlight({ batching: { mode: 'client', batchSize: [3, 4] } })).toEqual(new Set([12]))
})

test('load threads are a number, or chosen automatically where none is given', () => {
  const threads = (load: object) => planOf({ load }).points.map((point) => point.load.threads)
  const cameras = { kind: 'cameras', cameras: 2, fps: 5 }
  expect(threads(cameras)).toEqual([undefined])
  expect(threads({ ...cameras, threads: 'auto' })).toEqual([undefined])
  expect(threads({ ...cameras, threads: ['auto', 1] })).toEqual([undefined, 1])
  expect(threads({ kind: 'closed', framesInFlight: 8, threads: 1 })).toEqual([1])
  expect(() => planOf({ load: { ...cameras, threads: availableParallelism() + 1 } })).toThrow('fewer cores')
})

test('a saved plan is read as it was planned, also without settings that came later', () => {
  const plan = planOf({
    server: ['embedded', 'auto', 'http://h:8080'],
    load: [
      { kind: 'closed', framesInFlight: 8, threads: 1 },
      { kind: 'cameras', cameras: 2, fps: 5 },
    ],
    slo: { latencyMs: 5 },
  })
  const saved: unknown = JSON.parse(JSON.stringify(plan))
  expect(planSchema.parse(saved)).toEqual(plan)
  const damaged = JSON.parse(JSON.stringify(plan).replace('"workers":1', '"workers":"one"')) as unknown
  expect(planSchema.safeParse(damaged).success).toBe(false)
})

test('the default depth is one for policies that drop, and a thousand for queue', () => {
  const { points } = planOf({
    load: { kind: 'cameras', cameras: 2, fps: 5, queue: { policy: ['queue', 'drop-oldest', 'drop-newest'] } },
  })
  expect(points.map(({ load }) => load.kind === 'cameras' && load.queue.depth)).toEqual([1000, 1, 1])
})

test('servers, models, sizes and SLOs are swept like everything else', () => {
  const { points } = planOf({
    server: ['torchserve', { kind: 'embedded', workers: [1, 2], jitter: '5%', faults: { fail: '10%' } }],
    model: { archive: '/models/pose.mar', answer: 'none' },
    video: { source: 0, frames: 10, size: ['640x480', '320x240'] },
    slo: [{ latencyMs: 500 }, { latencyMs: 1000, percentile: 95 }],
  })
  expect(points).toHaveLength(3 * 2 * 2)
  expect(points.at(-1)).toMatchObject({
    video: { source: '0', width: 320, height: 240 },
    server: { kind: 'embedded', workers: 2, jitter: 0.05, tauMs: 7, alphaMs: 25, faults: { fail: '10%' } },
    model: { name: 'pose', archive: '/models/pose.mar', answer: 'none' },
    slo: { latencyMs: 1000, percentile: 95 },
  })
})

test('entries of points are merged into the rest and replace the cross product', () => {
  const { points } = planOf({
    batching: { mode: 'server', batchSize: 4, maxBatchDelayMs: 20 },
    measure: { durationS: 5, repetitions: 2 },
    points: [
      {},
      { batching: { mode: 'client', batchSize: [2, 8] } },
      { batching: { framesPerRequest: 2, serverBatchSize: 2 }, measure: { durationS: 9 } },
      { load: { kind: 'cameras', cameras: 3, fps: 5 }, server: 'embedded' },
    ],
  })
  expect(
    points.map(({ batching, load, measure }) => [
      batching.mode,
      batching.batchSize,
      load.kind,
      measure.durationS,
    ]),
  ).toEqual([
    ['server', 4, 'closed', 5],
    ['client', 2, 'closed', 5],
    ['client', 8, 'closed', 5],
    ['hybrid', 4, 'closed', 9],
    ['server', 4, 'cameras', 5],
  ])
  expect(points[3]?.batching.maxBatchDelayMs).toBe(20)
  expect(points[4]?.server.kind).toBe('embedded')
})

test('the plan is plain data and the same for the same scenario', () => {
  const plan = planOf({ batching: bothModes })
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(planOf({ batching: bothModes })).toEqual(plan)
})

test('in any sweep, each combination is a point, impossible, or merged, and no two points are the same', () => {
  fc.assert(
    fc.property(
      some(['server', 'client']),
      some([1, 2, 3, 4, 8]),
      some([0, 50]),
      some(['auto', 'raw', 'base64', 'multipart']),
      some([2, 4, 8, 24]),
      (mode, batchSize, maxBatchDelayMs, encoding, framesInFlight) => {
        fc.pre(Math.min(...batchSize) === 1 || mode.includes('server'))
        const { points, impossible, merged } = planOf({
          batching: { mode, batchSize, maxBatchDelayMs, encoding },
          load: { kind: 'closed', framesInFlight },
        })
        const cells = [mode, batchSize, maxBatchDelayMs, encoding, framesInFlight].reduce(
          (n, list) => n * list.length,
          1,
        )
        expect(points.length + impossible.length + merged.length).toBe(cells)
        const settings = points.map(({ id: _id, ...rest }) => JSON.stringify(rest))
        expect(new Set(settings).size).toBe(points.length)
        for (const { load, batching } of points) {
          expect(load.kind === 'closed' && load.framesInFlight % batching.framesPerRequest).toBe(0)
        }
      },
    ),
  )
})

function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function framesInFlight(changes: Changes): Set<unknown> {
  const { points } = planOf({ load: { kind: 'closed' }, ...changes })
  return new Set(points.map(({ load }) => load.kind === 'closed' && load.framesInFlight))
}

function some<T>(values: T[]): fc.Arbitrary<T[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 })
}
