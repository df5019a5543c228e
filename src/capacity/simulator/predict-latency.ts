import jStat from 'jstat'
import { computeQuantile } from '../../analysis/percentile.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import { createServiceTimes, type Drift, type ServiceModel } from './service-model.js'
import type { ValueRange } from '../sustained/value-range.js'
import { simulateCameras } from './simulate-cameras.js'
import type { SimulatedSetting } from './simulated-setting.js'

/** Simulated runs per prediction: enough for the 5 % and 95 % quantiles. */
const replicates = 100

/** More frames narrow the range of a single run hardly further. */
const mostFramesPerReplicate = 20_000

/**
 * Predicts a percentile of frame latency, in ms, as one further measured run will show it: the median of simulated runs,
 * and the range of 90 % of them. Each run has new camera phases, and the speed of a run, which differs from run to run by
 * the drift of the fit. Its noise is drawn from one measurement of the fit, because a machine that has slow moments has
 * them in some runs and not in others: blocks drawn from all measurements would give every run the same tail (cluster
 * bootstrap: Davison & Hinkley, Bootstrap Methods and their Application, section 3.8).
 */
export function predictLatency(
  setting: SimulatedSetting,
  options: { model: ServiceModel; cameras: number; percentile: number; windowS: number; seed: number },
): ValueRange {
  const { model, cameras, percentile, windowS, seed } = options
  const longestS = mostFramesPerReplicate / (cameras * setting.load.fps)
  const latenciesMs = Float64Array.from({ length: replicates }, (_, replicate) => {
    const random = seededRandom(mixSeeds(seed, cameras, replicate))
    const slowdown = Math.exp(driftAt((replicate + 0.5) / replicates, model.drift))
    return runLatencyMs(
      {
        ...setting,
        load: { ...setting.load, cameras },
        phaseSeed: mixSeeds(seed, cameras, replicate, 1),
        windowMs: Math.min(windowS, longestS) * 1000,
      },
      createServiceTimes(model, slowdown, replicate)(random),
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

/** Every quantile of the drift occurs once among the replicates, so that 100 of them are enough for its tails. */
function driftAt(probability: number, drift: Drift | undefined): number {
  return drift === undefined ? 0 : drift.scale * jStat.studentt.inv(probability, drift.degreesOfFreedom)
}
