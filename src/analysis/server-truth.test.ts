import { expect, test } from 'vitest'
import { measureEmbedded, type MeasuredEmbedded } from '../measure/testing/measure-embedded.test.support.js'
import { pointOn as pointWithAnswers } from '../measure/testing/one-point.test.support.js'
import type { CameraLoad, EmbeddedSettings, Point } from '../scenario/plan/plan.js'
import type { RequestColumns } from '../run/record.js'
import { joinBatches } from '../run/join-batches.js'
import { openStages } from './request-stages.js'
import { addBatchTimes, fitServiceTime } from './service-time.js'

/*
 * What is said of batches and times, held against the embedded server's own exact log. Its service times are drawn
 * on a virtual clock, so a busy machine makes it late but not wrong.
 */

/** Answers are not compared: asking for them one by one would take longer than the load. */
function pointOn(...[server, batching, changes]: Parameters<typeof pointWithAnswers>): Point {
  const point = pointWithAnswers(server, batching, changes)
  return { ...point, model: { ...point.model, answer: 'none' } }
}

const server: EmbeddedSettings = { kind: 'embedded', tauMs: 3, alphaMs: 1, jitter: 0.05, workers: 1 }
const cameras: CameraLoad = {
  kind: 'cameras',
  cameras: 6,
  fps: 20,
  phases: 'random',
  maxInFlightPerCamera: 1000,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
}

const points: [string, Point][] = [
  ['server batching, closed', pointOn(server, { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 20 })],
  [
    'server batching, cameras, batches cut by the delay',
    pointOn(server, { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 20 }, { load: cameras }),
  ],
  [
    'two workers',
    pointOn(
      { ...server, workers: 2 },
      { serverBatchSize: 3, batchSize: 3, maxBatchDelayMs: 10 },
      { load: cameras },
    ),
  ],
  ['no delay', pointOn(server, { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 0 })],
  [
    'hybrid, multipart',
    pointOn(server, {
      mode: 'hybrid',
      framesPerRequest: 2,
      serverBatchSize: 2,
      batchSize: 4,
      maxBatchDelayMs: 10,
      encoding: 'multipart',
    }),
  ],
  [
    'client batching',
    pointOn(server, { mode: 'client', framesPerRequest: 4, batchSize: 4, encoding: 'base64' }),
  ],
]

function idOf({ serverRequestId }: RequestColumns, row: number): string {
  const hex = Buffer.from(serverRequestId.subarray(row * 16, row * 16 + 16)).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function joined(point: Point, { serverBatches, samples, record }: MeasuredEmbedded, reported: boolean) {
  const known = reported ? serverBatches : serverBatches.map(({ queue: _, ...batch }) => batch)
  const settings = { ...point.batching, startedClockUs: record.startedClockUs }
  const { batches, ...counts } = joinBatches(known, samples, settings)
  return { ...counts, batches: [...batches] }
}

test.each(points)(
  'batches and waits are those of the exact log, reported or worked out: %s',
  async (_, point) => {
    const measured = await measureEmbedded(point)
    expect(measured.exact.length).toBeGreaterThan(20)
    for (const reported of [true, false]) {
      expectExactBatches(point, measured, reported)
      expectWholeRequests(point, measured, reported)
    }
  },
)

/** Sizes, members and reasons of every batch, and every answered request in exactly one. */
function expectExactBatches(point: Point, measured: MeasuredEmbedded, reported: boolean): void {
  const { requests } = measured.samples
  const byFirst = new Map(measured.exact.map((batch) => [batch.requests[0]!, batch]))
  const { batches, withoutBatch } = joined(point, measured, reported)
  expect(batches.length).toBeGreaterThan(20)
  expect(withoutBatch).toBe(0)
  for (const batch of batches) {
    const ids = batch.members.map((request) => idOf(requests, requests.request.indexOf(request)))
    const truth = byFirst.get(ids[0]!)!
    expect(ids).toEqual(truth.requests)
    expect(batch.requestsFormed).toBe(truth.requests.length)
    expect(batch.framesFormed).toBe(truth.frames.reduce((sum, frames) => sum + frames, 0))
    expect(batch.dispatch).toBe(truth.reason)
  }
  const members = batches.flatMap((batch) => batch.members)
  expect(new Set(members).size).toBe(members.length)
}

/** The parts of each request sum to its latency within 1 ms or 1 %, its waits lying within them. */
function expectWholeRequests(point: Point, measured: MeasuredEmbedded, reported: boolean): void {
  const { samples, record } = measured
  const { requests } = samples
  const { batches } = joined(point, measured, reported)
  const bases = batches.map(({ origin }) => origin?.basis)
  // A replay may find no way to a batch; the server itself always knows.
  expect(new Set(bases.filter((basis) => reported || basis !== undefined))).toEqual(
    new Set([reported ? 'measured' : 'inferred']),
  )
  const stagesOf = openStages(batches, record.startedClockUs).ofPart(requests)
  for (let row = 0; row < requests.count; row++) {
    const stages = stagesOf(row)
    if (stages === undefined) continue
    const latencyUs = requests.answeredUs[row]! - requests.sentUs[row]!
    const { sentToHandlerUs, decodeUs, inferenceUs, handlerRestUs, handlerToAnswerUs } = stages
    const parts = [sentToHandlerUs, decodeUs, inferenceUs, handlerRestUs, handlerToAnswerUs]
    for (const part of parts) expect(part).toBeGreaterThan(-1000)
    const sum = parts.reduce((total: number, part) => total + part!, 0)
    expect(Math.abs(sum - latencyUs)).toBeLessThanOrEqual(Math.max(1000, 0.01 * latencyUs))
    const { queueWaitUs = 0, batchWaitUs = 0 } = stages
    expect(queueWaitUs + batchWaitUs).toBeLessThan(sentToHandlerUs! + 1000)
  }
}

test('t(b) is recovered for each batch size within 1 % or 0.3 ms of τ + α·b', async () => {
  const times = new Map<number, number[]>()
  for (const batchSize of [1, 2, 4, 8]) {
    const batching = batchSize === 1 ? {} : { serverBatchSize: batchSize, batchSize, maxBatchDelayMs: 50 }
    const point = pointOn(server, batching, {
      load: { kind: 'closed', framesInFlight: 2 * batchSize },
      // A batch of eight takes 11 ms; 50 of them are wanted on a busy machine too.
      measure: { warmupMaxS: 0, durationS: batchSize === 8 ? 2 : 1, repetitions: 1, deadlineMs: 20_000 },
    })
    addBatchTimes(times, joined(point, await measureEmbedded(point), true).batches)
  }
  const { sizes } = fitServiceTime(times)!
  for (const batchSize of [1, 2, 4, 8]) {
    const { medianMs, batches } = sizes.find(({ frames }) => frames === batchSize)!
    const truthMs = 3 + batchSize
    expect(batches).toBeGreaterThan(50)
    expect(Math.abs(medianMs - truthMs)).toBeLessThan(Math.max(0.01 * truthMs, 0.3))
  }
})
