import { expect, test } from 'vitest'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import type { OutcomeName } from '../../run/record.js'
import { type SimulatedRequest, type SimulationSettings, simulateCameras } from './simulate-cameras.js'

const load: CameraLoad = {
  kind: 'cameras',
  cameras: 1,
  fps: 10,
  phases: 'random',
  maxInFlightPerCamera: 4,
  queue: { policy: 'queue', depth: 100 },
  camerasPerClient: 1,
}
const oneWorker = { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1, queueCapacity: 100 }

function simulate(
  changes: Partial<Omit<SimulationSettings, 'load'>> & { load?: Partial<CameraLoad> },
  serviceMs: (frames: number) => number = () => 20,
) {
  const settled: { request: SimulatedRequest; outcome: OutcomeName; ms: number; latencyMs: number }[] = []
  const batches: { frames: number; poppedMs: number; dispatchedMs: number; endMs: number }[] = []
  const settings: SimulationSettings = {
    framesPerRequest: 1,
    server: oneWorker,
    overhead: { sendMs: 0, answerMs: 0 },
    deadlineMs: 5000,
    phaseSeed: 1,
    warmupMs: 0,
    windowMs: 10_000,
    ...changes,
    load: { ...load, ...changes.load },
  }
  simulateCameras(settings, serviceMs, {
    settled: (request, outcome, atUs) =>
      settled.push({
        request,
        outcome,
        ms: atUs / 1000,
        latencyMs: (atUs - request.frames[0]!.capturedUs) / 1000,
      }),
    batch: ({ jobs, poppedMs, dispatchedMs }, endMs) =>
      batches.push({ frames: jobs.flatMap((job) => job.frames).length, poppedMs, dispatchedMs, endMs }),
  })
  return { settled, batches, of: (outcome: OutcomeName) => settled.filter((one) => one.outcome === outcome) }
}

test('a lone camera waits the whole delay for company, every time', () => {
  const { settled } = simulate({})
  expect(settled).toHaveLength(100)
  for (const { outcome, latencyMs } of settled) {
    expect(outcome).toBe('ok')
    expect(latencyMs).toBeCloseTo(70, 6)
  }
})

test('a batch of one never waits, and what a request costs besides is added on both ways', () => {
  const { settled } = simulate({
    server: { ...oneWorker, serverBatchSize: 1 },
    overhead: { sendMs: 2, answerMs: 3 },
  })
  for (const { latencyMs } of settled) expect(latencyMs).toBeCloseTo(25, 6)
})

test('aligned cameras fill their batch at once and are answered together', () => {
  const { settled, batches } = simulate({ load: { cameras: 4, phases: 'aligned' } })
  expect(batches.every(({ frames }) => frames === 4)).toBe(true)
  for (const { latencyMs } of settled) expect(latencyMs).toBeCloseTo(20, 6)
})

test('a partial client batch goes at its fill deadline, and the server works on all its frames', () => {
  const asked: number[] = []
  const { settled } = simulate(
    {
      framesPerRequest: 8,
      server: { ...oneWorker, serverBatchSize: 1 },
      load: { cameras: 2, camerasPerClient: 2, fillDeadlineMs: 150, phases: 'aligned' },
    },
    (frames) => {
      asked.push(frames)
      return 10
    },
  )
  // Frames of both cameras at 0 and 100 ms; the deadline at 150 ms sends these four.
  expect(new Set(asked)).toEqual(new Set([4]))
  expect(settled[0]!.latencyMs).toBeCloseTo(160, 6)
})

test('an overloaded server lets the edge queue grow, and no frame is lost sight of', () => {
  const { settled } = simulate({ server: { ...oneWorker, serverBatchSize: 1 }, deadlineMs: 1e9 }, () => 150)
  const inWindow = settled.filter(({ request }) => request.frames[0]!.capturedUs < 10e6)
  expect(inWindow).toHaveLength(100)
  expect(inWindow.at(-1)!.latencyMs).toBeGreaterThan(4000)
})

test('dropping the oldest keeps the queue short: frames are given up, those answered are fresh', () => {
  const queue = { policy: 'drop-oldest', depth: 1 } as const
  const { of } = simulate(
    { server: { ...oneWorker, serverBatchSize: 1 }, load: { queue, maxInFlightPerCamera: 1 } },
    () => 150,
  )
  expect(of('dropped').length).toBeGreaterThan(25)
  expect(Math.max(...of('ok').map(({ latencyMs }) => latencyMs))).toBeLessThan(350)
})

test('a server whose queue is full refuses at once', () => {
  const { of } = simulate(
    {
      load: { cameras: 20, phases: 'aligned' },
      server: { serverBatchSize: 1, maxBatchDelayMs: 0, workers: 1, queueCapacity: 5 },
    },
    () => 10,
  )
  // One is taken by the worker, five wait, fourteen are refused; every 100 ms.
  expect(of('http-error').length / of('ok').length).toBeCloseTo(14 / 6, 1)
  for (const { latencyMs } of of('http-error')) expect(latencyMs).toBe(0)
})

test('the client gives a request up at its deadline, and the server still works on it', () => {
  const { of, batches } = simulate({ deadlineMs: 30, server: { ...oneWorker, serverBatchSize: 1 } }, () => 50)
  expect(of('ok')).toHaveLength(0)
  for (const { latencyMs } of of('timeout')) expect(latencyMs).toBeCloseTo(30, 6)
  expect(batches.length).toBeGreaterThan(95)
})

test('more workers serve more, but one of them at a time gathers', () => {
  const busy = { load: { cameras: 16, maxInFlightPerCamera: 100 }, deadlineMs: 1e9 }
  const p99 = (workers: number) =>
    Math.max(
      ...simulate({ ...busy, server: { ...oneWorker, workers } }, () => 40).settled.map((s) => s.latencyMs),
    )
  expect(p99(1)).toBeGreaterThan(1000)
  expect(p99(2)).toBeLessThan(200)
})

test('the same seed gives the same run', () => {
  const [one, other] = [1, 2].map(() => simulate({ load: { cameras: 7, phases: 'poisson' } }))
  expect(one!.settled.map((s) => s.latencyMs)).toEqual(other!.settled.map((s) => s.latencyMs))
})
