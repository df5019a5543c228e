/*
 * How well does a simulation that was fitted to calibration batches predict camera runs that it has not seen, on servers
 * with autocorrelated noise? Compares noise that is resampled in blocks with independent draws, all on the virtual clock. A
 * noise factor multiplies the noise, and makes it more correlated.
 *
 *   node dist/bench/capacity/simulator-on-seeded-servers.js [first seed] [last seed] [noise factor]
 */
import { median, quantile } from 'simple-statistics'
import {
  fitServiceModel,
  createServiceTimes,
  type ServiceModel,
  type ServiceTimes,
} from '../../src/capacity/simulator/service-model.js'
import { simulatedMeasurement } from '../../src/capacity/simulator/simulated-samples.test.support.js'
import { phaseSeed } from '../../src/scenario/plan/plan.js'
import { mixSeeds, seededRandom } from '../../src/system/seeded-random.js'
import { frameLatencies } from '../../src/analysis/latencies.js'
import { computeQuantile } from '../../src/analysis/percentile.js'
import { calibrationBatches, seededServer, trueServiceTimes, type SeededServer } from './seeded-server.js'

const [first = 1, last = 20, noiseFactor = 1] = process.argv.slice(2).map(Number)
const say = (text: string) => process.stdout.write(`${text}\n`)

/** Median and p99 of frame latency over three repetitions, each of at least 2,000 requests, and the mean batch. */
function figures(server: SeededServer, cameras: number, times: (repetition: number) => ServiceTimes) {
  const { setting } = server
  const requestsPerS = (cameras * setting.load.fps) / setting.framesPerRequest
  const latencies: number[] = []
  const batches: number[] = []
  for (const repetition of [1, 2, 3]) {
    const run = simulatedMeasurement(
      {
        ...setting,
        load: { ...setting.load, cameras },
        phaseSeed: phaseSeed(1, cameras, repetition),
        windowMs: Math.max(10_000, (2000 / requestsPerS) * 1000),
      },
      times(repetition),
    )
    for (const us of frameLatencies(run.samples)) latencies.push(us / 1000)
    batches.push(...run.batches.map(({ framesFormed }) => framesFormed))
  }
  const sorted = Float64Array.from(latencies).toSorted()
  return {
    p50: computeQuantile(sorted, 0.5),
    p99: computeQuantile(sorted, 0.99),
    batch: batches.reduce((sum, frames) => sum + frames, 0) / batches.length,
  }
}

/** The model with independent noise: each value is drawn by itself. */
function shuffledBlocks(model: ServiceModel): ServiceModel {
  return { ...model, noise: { ...model.noise, blockLength: 1 } }
}

const shares = [0.5, 0.7, 0.85]
const ways = ['in blocks', 'one by one'] as const
const errors = new Map<string, number[]>()
for (let seed = first; seed <= last; seed++) {
  const quiet = seededServer(seed)
  const { correlation, deviation } = quiet.noise
  const noise =
    noiseFactor === 1
      ? quiet.noise
      : { deviation: noiseFactor * deviation, correlation: 0.9 + 0.1 * correlation }
  const server = { ...quiet, noise }
  const model = fitServiceModel(calibrationBatches(server, seed))
  if (model === undefined) throw new Error('too few batches')
  for (const share of shares) {
    const step = server.setting.framesPerRequest > 1 ? server.setting.load.camerasPerClient : 1
    const cameras = Math.max(step, Math.round((share * server.saturationCameras) / step) * step)
    const truth = figures(server, cameras, (repetition) =>
      trueServiceTimes(server)(seededRandom(mixSeeds(seed, cameras, repetition, 77))),
    )
    for (const way of ways) {
      const drawn = way === 'in blocks' ? model : shuffledBlocks(model)
      const predicted = figures(server, cameras, (repetition) =>
        createServiceTimes(drawn)(seededRandom(mixSeeds(seed, cameras, repetition, 99))),
      )
      for (const name of ['batch', 'p50', 'p99'] as const) {
        const key = `${share}/${name}/${way}`
        errors.set(key, [...(errors.get(key) ?? []), Math.abs(predicted[name] / truth[name] - 1)])
      }
    }
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
say('| of saturation | figure | noise drawn | median error | 90 % of the servers within | worst |')
say('|---|---|---|---|---|---|')
for (const share of shares) {
  for (const name of ['batch', 'p50', 'p99']) {
    for (const way of ways) {
      const all = errors.get(`${share}/${name}/${way}`)!
      say(
        `| ${100 * share} % | ${name} | ${way} | ${percent(median(all))} | ${percent(quantile(all, 0.9))} | ${percent(Math.max(...all))} |`,
      )
    }
  }
}
