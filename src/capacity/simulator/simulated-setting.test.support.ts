import type { ServiceModel } from './service-model.js'
import type { SimulatedSetting } from './simulated-setting.js'

/** The service times of an embedded server: t(b) = τ + α·b ms, without noise, known to 2 %. */
export function steadyModel(tauMs: number, alphaMs: number): ServiceModel {
  return {
    times: { tauMs, alphaMs, jitter: 0 },
    noise: { ratios: Float64Array.of(1, 1), blockLength: 1 },
    uncertainty: 0.02,
    batches: 2,
  }
}

/** Cameras at 5 fps on one worker with batches of 4, within 400 ms. */
export function smallSetting({
  fps = 5,
  server,
  ...changes
}: Partial<Omit<SimulatedSetting, 'server'>> & {
  fps?: number
  server?: Partial<SimulatedSetting['server']>
} = {}): SimulatedSetting {
  return {
    load: {
      kind: 'cameras',
      fps,
      phases: 'random',
      maxInFlightPerCamera: 8,
      queue: { policy: 'queue', depth: 100 },
      camerasPerClient: 1,
    },
    framesPerRequest: 1,
    overhead: { sendMs: 1, answerMs: 1 },
    deadlineMs: 5000,
    warmupMs: 1000,
    sloMs: 400,
    ...changes,
    server: { serverBatchSize: 4, maxBatchDelayMs: 20, workers: 1, queueCapacity: 100, ...server },
  }
}
