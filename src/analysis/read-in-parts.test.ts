import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { allocateFrames, allocateRequests, copyFrames, copyRequests, linkFrames } from '../run/columns.js'
import { mergeSampleFiles } from '../run/merge-sample-files.js'
import { openSamples } from '../run/read-samples.js'
import { measurementInput, type MeasurementInput } from '../run/read-measurement.js'
import { type MeasurementSamples, Outcome } from '../run/record.js'
import type { Samples } from '../run/sample-parts.js'
import { seededRandom } from '../system/seeded-random.js'
import { analyseMeasurements, type Simulated } from './analyse-simulated.test.support.js'
import { writeSamples } from './simulated-run-folder.test.support.js'
import {
  cameraLoad,
  closedLoad,
  dropFrames,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from './simulated-run.test.support.js'

/* A measurement of any length has the figures that it would have if it were read at once. Here a
   part holds a few requests, and a distribution keeps a few values and counts the others. */

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-in-parts-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const measure = { warmupMaxS: 1, durationS: 3, repetitions: 2, deadlineMs: 5000 }

const runs = fc.record({
  seed: fc.nat(1e6),
  mode: fc.constantFrom('server' as const, 'client' as const),
  batchSize: fc.constantFrom(1, 2, 4),
  load: fc.oneof(
    fc.constantFrom(2, 8, 16).map((frames) => closedLoad(frames)),
    fc
      .record({ cameras: fc.integer({ min: 1, max: 12 }), camerasPerClient: fc.constantFrom(1, 2) })
      .map(({ cameras, camerasPerClient }) => ({ ...cameraLoad(cameras), camerasPerClient })),
  ),
  maxInFlight: fc.constantFrom(1, 2, 1000),
  passes: fc.constantFrom(undefined, undefined, 1),
  failed: fc.constantFrom(0, 0, 0.02, 0.3),
  late: fc.constantFrom(0, 0.1, 1),
  repetitions: fc.integer({ min: 1, max: 3 }),
  rowsPerBlock: fc.integer({ min: 1, max: 12 }),
  mostRows: fc.integer({ min: 1, max: 80 }),
  hasBatches: fc.boolean(),
  agents: fc.integer({ min: 1, max: 4 }),
  mostKept: fc.constantFrom(undefined, 1, 7, 50),
})

/** Some requests fail, are never answered or are sent late, some answers are wrong, and frames are dropped. */
function disturb(samples: Simulated['samples'], random: () => number, failed: number, late: number): void {
  const { requests, frames } = samples
  const outcomes = [Outcome['http-error'], Outcome.timeout, Outcome.aborted, Outcome['connection-error']]
  for (let row = 0; row < requests.count; row++) {
    if (random() < late) requests.sentUs[row]! += 3000 * random() ** 4
    if (random() < 0.05) requests.connectUs[row] = 200 * random()
    if (random() < failed / 4) requests.answerDeviation[row] = 0.5
    if (random() >= failed) continue
    const outcome = outcomes[Math.floor(4 * random())]!
    requests.outcome[row] = outcome
    requests.status[row] = outcome === Outcome['http-error'] ? 503 : 0
    if (outcome === Outcome.timeout) requests.answeredUs[row] = Number.NaN
    if (outcome === Outcome.aborted) requests.sentUs[row] = requests.answeredUs[row] = Number.NaN
  }
  for (let i = 0; i < frames.count; i++) frames.outcome[i] = requests.outcome[frames.requestRow[i]!]!
  if (failed > 0) dropFrames(samples, () => random() < failed / 3)
  linkFrames(samples)
}

/** The samples of each of several agents, which have the requests of some clients and the frames of these requests. */
function dealSamples({ requests, frames }: MeasurementSamples, agents: number): MeasurementSamples[] {
  const agentOf = Array.from({ length: requests.count }, (_, row) => requests.client[row]! % agents)
  const agentOfFrame = Array.from(frames.requestRow, (row, i) => agentOf[row] ?? frames.camera[i]! % agents)
  const rowsOf = (owners: number[], agent: number) =>
    Uint32Array.from([...owners.keys()].filter((row) => owners[row] === agent))
  return Array.from({ length: agents }, (_, agent) => {
    const [requestRows, frameRows] = [rowsOf(agentOf, agent), rowsOf(agentOfFrame, agent)]
    const own = {
      requests: allocateRequests(requestRows.length),
      frames: allocateFrames(frameRows.length),
    }
    copyRequests(requests, requestRows, own.requests, 0)
    copyFrames(frames, frameRows, own.frames, 0)
    return linkFrames(own)
  })
}

/** Sums of floating-point numbers depend on their order, in the last digits. */
const toTwelveDigits = (_: string, value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(12)) : value

test('a run that is read in parts has the figures of one that is read at once, and one merged from several agents too', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const { load, mode, batchSize, maxInFlight, passes, repetitions } = run
      const camera = load.kind === 'cameras' ? { ...load, maxInFlightPerCamera: maxInFlight } : load
      const point = pointOf(1, mode, batchSize, camera, { measure: { ...measure, passes } })
      const random = seededRandom(run.seed)
      const measured = Array.from({ length: repetitions }, (_, i) => simulateMeasurement(point, i + 1))
      for (const { samples } of measured) disturb(samples, random, run.failed, run.late)
      const manifest = manifestOf(
        [point],
        measured.map(({ record }) => record),
      )
      const inputs = (samplesOf: (one: Simulated, i: number) => Samples): MeasurementInput[] =>
        measured.map((one, i) =>
          measurementInput(manifest, one.record, samplesOf(one, i), run.hasBatches ? one : {}),
        )
      const atOnce = analyseMeasurements(
        'run',
        manifest,
        inputs(({ samples }) => samples),
      )
      const expected = JSON.parse(JSON.stringify(atOnce, toTwelveDigits))
      for (const [i, { samples }] of measured.entries()) {
        await writeSamples(join(folder, `whole-${i}`), samples, run.rowsPerBlock)
        const dealt = dealSamples(samples, run.agents)
        const files = dealt.map((_, agent) => join(folder, `${i}-agent-${agent}`))
        for (const [agent, own] of dealt.entries()) await writeSamples(files[agent]!, own, run.rowsPerBlock)
        await mergeSampleFiles(files, join(folder, `merged-${i}`))
      }
      for (const name of ['whole', 'merged']) {
        const inParts = analyseMeasurements(
          'run',
          manifest,
          inputs((_, i) => {
            const file = openSamples(join(folder, `${name}-${i}`))
            return {
              ...file,
              parts: (order, reading) => file.parts(order, { ...reading, mostRows: run.mostRows }),
            }
          }),
          run.mostKept,
        )
        expect(JSON.parse(JSON.stringify(inParts, toTwelveDigits))).toEqual(expected)
      }
    }),
    { numRuns: 60 },
  )
})
