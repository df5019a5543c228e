/*
 * Compares the search with brute force on seeded servers, all on the virtual clock: does it find the same passing intervals,
 * and in which share of the time?
 *
 *   node dist/bench/capacity/search-against-brute-force.js [first seed] [last seed]
 */
import {
  passingIntervals,
  planningCapacity,
  searchBounds,
  searchCapacity,
} from '../../src/capacity/search/search-capacity.js'
import type { Prediction } from '../../src/capacity/search/next-to-measure.js'
import { predictPoint } from '../../src/capacity/simulator/predict-point.js'
import { fitServiceModel, createServiceTimes } from '../../src/capacity/simulator/service-model.js'
import { simulatedWindow } from '../../src/capacity/simulator/simulated-setting.js'
import { capacityCriteria } from '../../src/capacity/verdict/judge-run.js'
import { measureCameras, type PointVerdict } from '../../src/capacity/verdict/measure-cameras.js'
import { mixSeeds } from '../../src/system/seeded-random.js'
import { calibrationBatches, seededServer, trueServiceTimes } from './seeded-server.js'

const [first = 1, last = 20] = process.argv.slice(2).map(Number)
const say = (...words: unknown[]) => process.stdout.write(`${words.join(' ')}\n`)

function secondsOf(verdicts: PointVerdict[]): number {
  return verdicts.reduce((sum, { measuredS }) => sum + measuredS, 0)
}

say(
  'seed  server                                     SLO    intervals        same  points       time   share',
)
let different = 0
let overLimit = 0
const totals = { search: 0, brute: 0 }
for (let seed = first; seed <= last; seed++) {
  const server = seededServer(seed)
  const { setting } = server
  const requestsPerCameraS = setting.load.fps / setting.framesPerRequest
  const step = setting.framesPerRequest > 1 ? setting.load.camerasPerClient : 1
  // Long enough to decide the smallest number of cameras too: brute force has to measure it.
  const maxS = Math.max(120, (2.5 * 459) / (step * requestsPerCameraS))
  const criteria = capacityCriteria({ latencyMs: setting.sloMs, percentile: 99 }, { minS: 4, maxS })
  const { saturationCameras } = server
  const bounds = searchBounds({ saturationCameras, step, requestsPerCameraS, criteria, simulated: true })
  const measureWindow = simulatedWindow(setting, trueServiceTimes(server), mixSeeds(seed, 0x7e57))
  const measure = (cameras: number, expected?: Prediction) =>
    measureCameras(cameras, {
      measureWindow,
      criteria,
      seed,
      requestsPerCameraS,
      failureExpected: expected === 'fail',
    })

  const all: PointVerdict[] = []
  for (let steps = 1; steps <= bounds.max; steps++) all.push(await measure(steps * step))
  const bruteSteps = passingIntervals((steps) => all[steps - 1]?.decision === 'pass', bounds.max)
  const brute = bruteSteps.map(([from, to]) => [from * step, to * step])
  const bruteS = secondsOf(all)

  const model = fitServiceModel(calibrationBatches(server, seed))
  if (model === undefined) throw new Error('too few batches')
  const asked: PointVerdict[] = []
  const found = await searchCapacity({
    async measure(cameras, expected) {
      const verdict = await measure(cameras, expected)
      asked.push(verdict)
      return verdict
    },
    simulate: predictPoint(setting, {
      serviceTimes: (scale) => createServiceTimes(model, scale),
      uncertainty: model.uncertainty,
      criteria,
      seed,
    }),
    step,
    bounds,
  })
  const searchS = secondsOf(asked)
  const limit = step * planningCapacity(bruteSteps) >= 100 ? 0.2 : 0.5
  if (searchS > limit * bruteS) overLimit++
  totals.search += searchS
  totals.brute += bruteS
  const same = JSON.stringify(found.passing) === JSON.stringify(brute)
  if (!same) different++
  const { serverBatchSize, workers, maxBatchDelayMs } = setting.server
  const words = `K${setting.framesPerRequest} B${serverBatchSize} D${maxBatchDelayMs} W${workers} ${setting.load.fps} fps ±${(100 * model.uncertainty).toFixed(1)} %`
  say(
    String(seed).padStart(4),
    '',
    words.padEnd(36),
    `${setting.sloMs} ms`.padStart(8),
    JSON.stringify(brute).slice(1, -1).padStart(18),
    same ? ' yes' : ` NO ${JSON.stringify(found.passing)}`,
    `${found.measured.length}/${bounds.max}`.padStart(9),
    `${searchS.toFixed(0)}/${bruteS.toFixed(0)} s`.padStart(14),
    `${((100 * searchS) / bruteS).toFixed(0)} %`.padStart(5),
    `(limit ${100 * limit} %)`,
  )
}
say(
  `${last - first + 1} servers: ${different} with other intervals, ${overLimit} over the limit of time; in all ` +
    `${totals.search.toFixed(0)} of ${totals.brute.toFixed(0)} s, ${((100 * totals.search) / totals.brute).toFixed(0)} %`,
)
process.exitCode = different === 0 ? 0 : 1
