import { phaseSeed, type LoadSettings, type Point } from '../../scenario/plan/plan.js'
import { label, virtualMeasurement, type VirtualServer } from '../live/virtual-server.test.support.js'
import type { PhasedMeasurement } from '../simulator/fit-server.js'

export const server: VirtualServer = {
  tauMs: 20,
  alphaMs: 10,
  jitter: 0.02,
  workers: 1,
  lossMs: 0,
  overhead: { sendMs: 1, answerMs: 1 },
  logs: true,
}

export const cameras = (count: number, fps = 5, camerasPerClient = 1): LoadSettings => ({
  kind: 'cameras',
  cameras: count,
  fps,
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient,
})

export function pointOf(id: number, load: LoadSettings): Point {
  return {
    id,
    video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
    server: { kind: 'embedded', tauMs: 20, alphaMs: 10, jitter: 0.02, workers: 1 },
    model: { name: 'm', weights: 'seeded', request: { field: 'frame_{i}', json: 'object' }, answer: 'none' },
    batching: {
      mode: 'server',
      framesPerRequest: 1,
      serverBatchSize: 4,
      batchSize: 4,
      maxBatchDelayMs: 20,
      encoding: 'raw',
    },
    load,
    measure: { warmupMaxS: 1, durationS: 30, repetitions: 3, deadlineMs: 5000 },
    slo: { latencyMs: 200, percentile: 99 },
  }
}

export function measured(
  loads: LoadSettings[],
  on = server,
  { durationS, repetitions } = { durationS: 30, repetitions: 3 },
): PhasedMeasurement[] {
  return loads.flatMap((load, i) =>
    Array.from({ length: repetitions }, (_, index) => {
      const repetition = index + 1
      const seed = load.kind === 'cameras' ? phaseSeed(1, load.cameras, repetition) : 0
      const planned = { point: i + 1, repetition, phaseSeed: seed }
      const point = pointOf(i + 1, load)
      const measure = { ...point.measure, durationS, repetitions }
      return { ...virtualMeasurement(on, { ...point, measure }, planned), phaseSeed: seed }
    }),
  )
}

export const closed = [1, 2, 4, 8].map((framesInFlight): LoadSettings => ({ kind: 'closed', framesInFlight }))
export const question = { cameras: 100, fps: 5, slo: { latencyMs: 200, percentile: 99 }, maxUtilization: 0.8 }
export const run = {
  name: 'run',
  scenario: { file: 'scenario.yaml', overrides: [] },
  server: 'embedded (simulated)',
  seed: 1,
  labelSetting: label,
}
