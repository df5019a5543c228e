import { expect, test } from 'vitest'
import type { Point } from '../scenario/plan/plan.js'
import { Outcome } from '../run/record.js'
import { defaultAnswerTolerance } from '../run/read-measurement.js'
import { summariseMeasurement } from './measurement-summary.js'
import {
  cameraLoad,
  closedLoad,
  dropFrames,
  pointOf,
  simulateMeasurement,
} from './simulated-run.test.support.js'

type Simulated = ReturnType<typeof simulateMeasurement>

function summary(point: Point, change: (measurement: Simulated) => unknown = () => undefined) {
  const measurement = simulateMeasurement(point)
  change(measurement)
  return summariseMeasurement({ point, ...measurement, answerTolerance: defaultAnswerTolerance }).summary
}

const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, frames) => sum + frames, 0)

test.each([
  ['server batching, closed', pointOf(1, 'server', 4, closedLoad(16))],
  ['client batching, closed', pointOf(2, 'client', 8, closedLoad(16))],
  ['hybrid, cameras', pointOf(3, 'hybrid', 4, cameraLoad(4))],
  ['overloaded cameras', pointOf(4, 'server', 1, cameraLoad(9))],
])('every frame is accounted for: %s', (_, point) => {
  const { counts } = summary(point, ({ samples }) => dropFrames(samples, (i) => i % 7 === 0))
  expect(total(counts.byOutcome)).toBe(counts.scheduled)
  expect(counts.scheduled).toBeGreaterThan(100)
})

test('FPS and t(b) agree: 4 frames in 7 + 4 × 24 ms', () => {
  const { fps } = summary(pointOf(1, 'server', 4, closedLoad(16)))
  expect(fps).toBeGreaterThan(0.97 * (4 / 0.103))
  expect(fps).toBeLessThan(1.03 * (4 / 0.103))
})

test('a closed load has no frame latency, fill wait or outcome', () => {
  const one = summary(pointOf(1, 'client', 4, closedLoad(16)))
  expect([one.frameLatency, one.fillWaitP50Ms, one.outcome, one.stages, one.sloAttainment]).toEqual(
    Array.from({ length: 5 }, () => undefined),
  )
  expect(one.cameras).toEqual([])
})

test('client batching waits for its batch to fill: half of the frames for more than a tick', () => {
  const one = summary(pointOf(1, 'client', 4, cameraLoad(4)))
  expect(one.fillWaitP50Ms).toBeGreaterThan(150)
  expect(one.frameLatency!.p50!.value).toBeGreaterThan(one.requestLatency.p50!.value + 150)
})

test('one camera at batch 8 is VALID and within its SLO, however small its batches are', () => {
  const one = summary(pointOf(1, 'server', 8, cameraLoad(1)))
  expect(one).toMatchObject({ validity: 'VALID', outcome: 'within-slo' })
  expect(one.findings.map(({ name }) => name)).toContain('small-batches')
})

test('an overloaded server is VALID and overloaded', () => {
  expect(summary(pointOf(1, 'server', 1, cameraLoad(9)))).toMatchObject({
    validity: 'VALID',
    outcome: 'overloaded',
  })
})

test('a server that answers 503 to a tenth is VALID and failing', () => {
  const one = summary(pointOf(1, 'server', 1, cameraLoad(4)), ({ samples: { requests, frames } }) => {
    const failed = Outcome['http-error']
    for (let row = 0; row < requests.count; row += 10) requests.outcome[row] = failed
    for (let i = 0; i < frames.count; i += 10) frames.outcome[i] = failed
  })
  expect(one).toMatchObject({ validity: 'VALID', outcome: 'failing' })
  expect(one.sloAttainment).toBeCloseTo(0.9, 2)
})

test('a busy loop before every sending comes out INVALID, not slow', () => {
  const one = summary(pointOf(1, 'server', 4, cameraLoad(4)), ({ samples: { requests } }) => {
    for (let row = 0; row < requests.count; row++) requests.sentUs[row]! += 52_000
  })
  expect(one.validity).toBe('INVALID')
  expect(one.findings.map(({ name }) => name)).toContain('generator-late')
})

test('12 cameras with requests 5.6 ms late and an SLO of 1,000 ms are VALID', () => {
  const one = summary(pointOf(1, 'server', 4, cameraLoad(12, 2)), ({ samples: { requests } }) => {
    for (let row = 0; row < requests.count; row++) requests.sentUs[row] = requests.dueUs[row]! + 5600
  })
  expect(one).toMatchObject({ validity: 'VALID', outcome: 'within-slo', generatorLagP99Ms: 5.6 })
})

const longEnoughForP99 = { warmupMaxS: 2, durationS: 50, repetitions: 3, deadlineMs: 5000 }

test.each([
  ['with the moments inside the handler', (): void => undefined, 7],
  [
    'with its duration alone',
    ({ batches }: Simulated) => batches.forEach((batch) => delete batch.handler),
    4,
  ],
  ['with nothing from the server', (measurement: Simulated) => measurement.batches.splice(0), 3],
])('the stages of frames sum to their latency: %s', (_, change, stages) => {
  const { stages: split } = summary(
    pointOf(1, 'client', 4, cameraLoad(6), { measure: longEnoughForP99 }),
    change,
  )
  for (const times of [split!.median, split!.slowest!]) {
    expect(times.stages).toHaveLength(stages)
    for (const { ms } of times.stages) expect(ms).toBeGreaterThanOrEqual(0)
    const sum = times.stages.reduce((total, { ms }) => total + ms, 0)
    expect(Math.abs(sum - times.frameLatencyMs)).toBeLessThan(0.01)
  }
  expect(split!.slowest!.frameLatencyMs).toBeGreaterThan(split!.median.frameLatencyMs)
})

test('where the frames are too few for a p99 there are no stages of the slowest 1 % either', () => {
  const { frameLatency, stages } = summary(pointOf(1, 'client', 4, cameraLoad(6)))
  expect(frameLatency?.p50).toBeDefined()
  expect(frameLatency?.p99).toBeUndefined()
  expect(stages?.median.frames).toBeGreaterThan(0)
  expect(stages).not.toHaveProperty('slowest')
})

test('without the batches formed there is no mean of them', () => {
  const one = summary(pointOf(1, 'server', 4, cameraLoad(6)), ({ batches }) => batches.splice(0))
  expect(one.batchFormedMean).toBeUndefined()
})

test('each camera has its row', () => {
  const { cameras } = summary(pointOf(1, 'server', 2, cameraLoad(3)), ({ samples }) =>
    dropFrames(samples, (i) => samples.frames.camera[i] === 1 && samples.frames.frame[i]! % 2 === 0),
  )
  expect(cameras.map(({ camera, framesScheduled }) => [camera, framesScheduled])).toEqual([
    [0, 50],
    [1, 50],
    [2, 50],
  ])
  expect(cameras[1]).toMatchObject({ framesDropped: 25, framesOk: 25 })
})
