import { expect, test } from 'vitest'
import { measureEmbedded } from '../measure/testing/measure-embedded.test.support.js'
import { pointOn } from '../measure/testing/one-point.test.support.js'
import type { CameraLoad, EmbeddedSettings, Point } from '../scenario/plan/plan.js'
import type { RunningEmbedded } from '../server/embedded/start-embedded.js'
import { joinBatches } from '../run/join-batches.js'
import { summariseMeasurement, type MeasurementSummary } from './measurement-summary.js'

/*
 * Whole measurements of the embedded server, disturbed or not. This machine may rightly make the client late or
 * short of processor: such reasons are about the machine and not what these tests are about.
 */

const aboutTheMachine = new Set(['generator-late', 'client-saturated', 'throttled', 'clock-step'])

const server: EmbeddedSettings = { kind: 'embedded', tauMs: 2, alphaMs: 1, jitter: 0, workers: 1 }
const cameras = (count: number, fps: number): CameraLoad => ({
  kind: 'cameras',
  cameras: count,
  fps,
  phases: 'random',
  maxInFlightPerCamera: 1000,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
})
const slo = { latencyMs: 1000, percentile: 99 }
const measure = { warmupMaxS: 0.2, durationS: 1, repetitions: 1, deadlineMs: 20_000 }

async function summaryOf(
  point: Point,
  during?: (server: RunningEmbedded) => Promise<void>,
): Promise<MeasurementSummary> {
  const { record, samples, serverBatches, answerTolerance } = await measureEmbedded(
    point,
    during === undefined ? {} : { during },
  )
  const { batches } = joinBatches(serverBatches, samples, {
    ...point.batching,
    startedClockUs: record.startedClockUs,
  })
  return summariseMeasurement({ point, record, samples, batches, answerTolerance }).summary
}

function invalidReasons({ findings }: MeasurementSummary): string[] {
  return findings
    .filter(({ severity, name }) => severity === 'invalid' && !aboutTheMachine.has(name))
    .map(({ name }) => name)
}

const notes = ({ findings }: MeasurementSummary) =>
  findings.filter(({ severity }) => severity === 'note').map(({ name }) => name)

/** Somebody registers the model anew through the management API, as the real one would have it done. */
function registerAnew(batchSize: number) {
  return async ({ managementUrl }: RunningEmbedded): Promise<void> => {
    await fetch(`${managementUrl}/models/resnet-18`, { method: 'DELETE' })
    const query = `url=resnet-18.mar&batch_size=${batchSize}&max_batch_delay=10&initial_workers=1`
    const answer = await fetch(`${managementUrl}/models?${query}`, { method: 'POST' })
    expect(answer.status).toBe(200)
  }
}

const ofTwo = { serverBatchSize: 2, batchSize: 2, maxBatchDelayMs: 10 }
// Unregistering leaves requests unanswered for good, as TorchServe does: the deadline ends them.
const briefly = { measure: { ...measure, deadlineMs: 1000 } }

test('an undisturbed server gives no reason for INVALID', async () => {
  const summary = await summaryOf(pointOn(server, ofTwo, { measure, slo }))
  expect(invalidReasons(summary)).toEqual([])
  expect(notes(summary)).not.toContain('other-clients')
  expect(summary.observations).toMatchObject({
    settingsChanged: [],
    serverRestarted: false,
    workersReplaced: 0,
  })
  expect(summary.serverCounts).toMatchObject({ fromOthers: 0 })
})

test('settings that another client changes under the load make it INVALID', async () => {
  const summary = await summaryOf(pointOn(server, ofTwo, briefly), registerAnew(4))
  expect(invalidReasons(summary)).toContain('settings-changed')
  expect(summary.observations.settingsChanged).toEqual(['batch size 4 instead of 2'])
})

test('a model that another client registers again, settings unchanged, makes it INVALID', async () => {
  const summary = await summaryOf(pointOn(server, ofTwo, briefly), registerAnew(2))
  expect(invalidReasons(summary)).toEqual(['server-restarted'])
})

test('requests of another client are noted, and make nothing INVALID', async () => {
  const summary = await summaryOf(pointOn(server, ofTwo, { measure, slo }), async ({ endpoint }) => {
    const url = `http://${endpoint.host}:${endpoint.port}${endpoint.path}`
    // At once: one after the other could take longer than the load on a busy machine.
    await Promise.all([1, 2, 3].map(async () => (await fetch(url, { method: 'POST', body: 'frame' })).text()))
  })
  expect(invalidReasons(summary)).toEqual([])
  expect(notes(summary)).toContain('other-clients')
  expect(summary.serverCounts?.fromOthers).toBe(3)
})

test.each([
  ['server batching', { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 20 }],
  ['client batching', { mode: 'client', framesPerRequest: 4, batchSize: 4, encoding: 'base64' }],
  [
    'hybrid batching',
    {
      mode: 'hybrid',
      framesPerRequest: 2,
      serverBatchSize: 2,
      batchSize: 4,
      maxBatchDelayMs: 20,
      encoding: 'multipart',
    },
  ],
] as const)('a handler that swaps two answers of a batch is caught in %s', async (_, batching) => {
  const faulty = { ...server, faults: { swap: 'every 5' } }
  const summary = await summaryOf(pointOn(faulty, batching, { measure, slo }))
  expect(invalidReasons(summary)).toEqual(['wrong-answers'])
  expect(summary.answers!.wrong).toBeGreaterThan(0)
  expect(summary.answers!.wrong).toBeLessThan(summary.answers!.compared)
})

test('one camera at batch 8 is VALID: its small batches are noted, and within the SLO', async () => {
  const batching = { serverBatchSize: 8, batchSize: 8, maxBatchDelayMs: 30 }
  const summary = await summaryOf(pointOn(server, batching, { load: cameras(1, 10), measure, slo }))
  expect(invalidReasons(summary)).toEqual([])
  expect(notes(summary)).toContain('small-batches')
  expect(summary.outcome).toBe('within-slo')
})

test('an overloaded server is VALID and overloaded', async () => {
  // 24 of the 40 frames a second: what is left over at the end is answered in a second or two.
  const slow = { ...server, tauMs: 40 }
  const summary = await summaryOf(
    pointOn(
      slow,
      {},
      { load: cameras(4, 10), measure: { ...measure, durationS: 2, deadlineMs: 60_000 }, slo },
    ),
  )
  expect(invalidReasons(summary)).toEqual([])
  expect(summary.outcome).toBe('overloaded')
})

test('a server that answers 503 to a tenth is VALID and failing, with the errors noted', async () => {
  const failing = { ...server, faults: { fail: 'every 10' } }
  // Many frames, so that a moment's hold-up of this machine is no growing backlog among them.
  const point = pointOn(
    failing,
    {},
    {
      load: cameras(4, 50),
      measure: { ...measure, durationS: 4 },
      slo,
      model: unreferenced(),
    },
  )
  const summary = await summaryOf(point)
  expect(invalidReasons(summary)).toEqual([])
  expect(notes(summary)).toContain('errors')
  expect(summary.outcome).toBe('failing')
  expect(summary.sloAttainment).toBeGreaterThan(0.8)
})

/** Every tenth batch fails, the questions for reference answers among them. */
function unreferenced(): Point['model'] {
  const { model } = pointOn(server)
  return { ...model, answer: 'none' }
}
