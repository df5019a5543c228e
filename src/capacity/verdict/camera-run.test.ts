import { expect, test } from 'vitest'
import type { Point } from '../../scenario/plan/plan.js'
import { summarised, virtualMeasurement } from '../live/virtual-server.test.support.js'
import { measuredRun } from './camera-run.js'

const slo = { latencyMs: 200, percentile: 99 }
const load = {
  kind: 'cameras',
  cameras: 4,
  fps: 5,
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
} as const
const point: Point = {
  id: 1,
  video: { source: 'testsrc', frames: 10, width: 64, height: 48, quality: 3 },
  server: { kind: 'embedded', tauMs: 5, alphaMs: 5, jitter: 0, workers: 1 },
  model: { name: 'm', weights: 'seeded', request: { field: '{i}', json: 'object' }, answer: 'none' },
  batching: { mode: 'server', framesPerRequest: 1, serverBatchSize: 1, batchSize: 1, encoding: 'raw' },
  load,
  measure: { warmupMaxS: 1, durationS: 10, repetitions: 1, deadlineMs: 5000 },
  slo,
}
const server = {
  tauMs: 5,
  alphaMs: 5,
  jitter: 0,
  workers: 1,
  lossMs: 0,
  overhead: { sendMs: 0, answerMs: 0 },
  logs: false,
}

test('the CPU of the generator counts per load thread', () => {
  const input = virtualMeasurement(server, point, { point: 1, repetition: 1, phaseSeed: 1 })
  const shareWith = (loadThreads: number | undefined) =>
    measuredRun(
      summarised({
        ...input,
        record: {
          ...input.record,
          loadCpuShare: 1.2,
          observations: loadThreads === undefined ? {} : { loadThreads },
        },
      }),
      { slo },
    ).loadCpuShare
  expect([undefined, 1, 2].map(shareWith)).toEqual([1.2, 1.2, 0.6])
})

test('an agent that was saturated makes the run invalid, although the generator as a whole was not', () => {
  const input = virtualMeasurement(server, point, { point: 1, repetition: 1, phaseSeed: 1 })
  const agent = { clients: 2, complete: true, loadThreads: 1 }
  const agents = [
    { ...agent, site: 'north', firstClient: 0, loadCpuShare: 0.1 },
    { ...agent, site: 'south', firstClient: 2, loadCpuShare: 0.95 },
  ]
  const { invalid } = measuredRun(summarised({ ...input, record: { ...input.record, agents } }), { slo })
  expect(invalid).toEqual([expect.stringMatching(/^Agent south: A load thread used 95 % of a core/)])
})
