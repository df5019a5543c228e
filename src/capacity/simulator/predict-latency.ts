import { computeQuantile } from '../../analysis/percentile.js'
import { mixSeeds, seededRandom, type Random } from '../../system/seeded-random.js'
import { createServiceTimes, type ServiceModel } from './service-model.js'
import type { ValueRange } from '../sustained/value-range.js'
import { simulateCameras } from './simulate-cameras.js'
import type { SimulatedSetting } from './simulated-setting.js'

/** Simulated runs per prediction: enough for the 5 % and 95 % quantiles. */
const replicates = 100

/** More frames narrow the range of a single run hardly further. */
const mostFramesPerReplicate = 20_000

/**
 * Predicts a percentile of frame latency, in ms, as one further measured run will show it: the median of simulated runs,
 * and the range of 90 % of them. Each run has new camera phases, its own part of the noise, and the speed of a run, which
 * differs from run to run by the drift of the fit.
 */
export function predictLatency(
  setting: SimulatedSetting,
  options: { model: ServiceModel; cameras: number; percentile: number; windowS: number; seed: number },
): ValueRange {
  const { model, cameras, percentile, windowS, seed } = options
  const longestS = mostFramesPerReplicate / (cameras * setting.load.fps)
  const latenciesMs = Float64Array.from({ length: replicates }, (_, replicate) => {
    const random = seededRandom(mixSeeds(seed, cameras, replicate))
    const speed = Math.exp((model.drift ?? 0) * normal(random))
    return runLatencyMs(
      {
        ...setting,
        load: { ...setting.load, cameras },
        phaseSeed: mixSeeds(seed, cameras, replicate, 1),
        windowMs: Math.min(windowS, longestS) * 1000,
      },
      createServiceTimes(model, speed)(random),
      percentile,
    )
  }).toSorted()
  return {
    value: computeQuantile(latenciesMs, 0.5),
    low: computeQuantile(latenciesMs, 0.05),
    high: computeQuantile(latenciesMs, 0.95),
  }
}

/** Percentile of the latencies of all frames that were answered in a simulated run. */
function runLatencyMs(
  settings: Parameters<typeof simulateCameras>[0],
  serviceTimes: (frames: number) => number,
  percentile: number,
): number {
  const startUs = settings.warmupMs * 1000
  const endUs = startUs + settings.windowMs * 1000
  const latenciesMs: number[] = []
  simulateCameras(settings, serviceTimes, {
    settled({ frames }, outcome, atUs) {
      if (outcome !== 'ok') return
      for (const { capturedUs } of frames)
        if (capturedUs >= startUs && capturedUs < endUs) latenciesMs.push((atUs - capturedUs) / 1000)
    },
  })
  return computeQuantile(Float64Array.from(latenciesMs).toSorted(), percentile / 100)
}

/** Standard normal by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
