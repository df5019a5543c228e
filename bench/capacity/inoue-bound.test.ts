import { mean } from 'simple-statistics'
import { expect, test } from 'vitest'
import { simulateCameras } from '../../src/capacity/simulator/simulate-cameras.js'
import { inoueBoundMs } from './inoue-bound.js'

const [tauMs, alphaMs] = [10, 2]

/** The mean latency of Poisson arrivals at one worker that takes all waiting requests as its next batch. */
function simulatedMeanMs(arrivalsPerMs: number): number {
  const latenciesMs: number[] = []
  simulateCameras(
    {
      load: {
        kind: 'cameras',
        cameras: 1,
        fps: 1000 * arrivalsPerMs,
        phases: 'poisson',
        maxInFlightPerCamera: 1e9,
        queue: { policy: 'queue', depth: 100 },
        camerasPerClient: 1,
      },
      framesPerRequest: 1,
      // The worker takes all waiting requests: the smallest possible delay, and an unlimited batch.
      server: { serverBatchSize: 1e9, maxBatchDelayMs: 1e-6, workers: 1, queueCapacity: 1e9 },
      overhead: { sendMs: 0, answerMs: 0 },
      deadlineMs: 5000,
      phaseSeed: 1,
      warmupMs: 1000,
      windowMs: 200_000,
    },
    (frames) => tauMs + alphaMs * frames,
    {
      settled: ({ frames }, _, atUs) =>
        latenciesMs.push(...frames.map(({ capturedUs }) => (atUs - capturedUs) / 1000)),
    },
  )
  return mean(latenciesMs)
}

test.each([0.2, 0.5, 0.8])(
  'at load %f the simulated mean latency is below the bound of Inoue and near it',
  (load) => {
    const arrivalsPerMs = load / alphaMs
    const boundMs = inoueBoundMs(arrivalsPerMs, tauMs, alphaMs)
    const meanMs = simulatedMeanMs(arrivalsPerMs)
    expect(meanMs).toBeLessThan(boundMs)
    expect(meanMs).toBeGreaterThan(0.93 * boundMs)
  },
)
