/*
 * Does `bench --until-decided` name as good a setting as three repetitions of 20 s, in a fifth of the time? The settings
 * of scenarios/batch-sweep.yaml on seeded servers, on the virtual clock. Windows of a server differ by 2 %, and the machine
 * drifts by 3 % in waves of ten minutes. Warm-ups, drains and changes of the batch settings are charged as they take with
 * TorchServe on two cores.
 *
 *   node dist/bench/capacity/race-on-seeded-servers.js [first seed] [last seed] [budget, s]
 */
import { median } from 'simple-statistics'
import { collectMeasurements } from '../../src/analysis/analyse-run.js'
import { summarised, virtualMeasurement } from '../../src/capacity/live/virtual-server.test.support.js'
import { raceSettings } from '../../src/capacity/recommend/race-settings.js'
import { runInMemory } from '../../src/capacity/recommend/run-in-memory.test.support.js'
import { openRecommender } from '../../src/capacity/recommend/recommend-setting.js'
import type { RatedSetting } from '../../src/capacity/recommend/recommendation.js'
import { fitServiceModel } from '../../src/capacity/simulator/service-model.js'
import { simulatedSetting } from '../../src/capacity/simulator/simulated-setting.js'
import { simulatedCapacity } from '../../src/capacity/sustained/simulated-capacity.js'
import { formatBatching } from '../../src/report/format/format.js'
import type { MeasurementRecord } from '../../src/run/manifest.js'
import { loadScenario } from '../../src/scenario/load-scenario.js'
import { fixCameras } from '../../src/scenario/plan/fix-cameras.js'
import { planScenario } from '../../src/scenario/plan/plan-scenario.js'
import { cameraStep, type Plan, type PlannedMeasurement, type Point } from '../../src/scenario/plan/plan.js'
import { planRace } from '../../src/scenario/plan/race.js'
import { packageRoot } from '../../src/system/package-root.js'
import { mixSeeds, seededRandom } from '../../src/system/seeded-random.js'
import {
  calibrationBatches,
  normal,
  seededServer,
  trueServiceTimes,
  type SeededServer,
} from './seeded-server.js'

const [first = 1, last = 10, budgetS = 300] = process.argv.slice(2).map(Number)
const say = (text: string) => process.stdout.write(`${text}\n`)
const scenarioFile = `${packageRoot}/scenarios/batch-sweep.yaml`

const windowNoise = 0.02
const drift = { share: 0.03, periodS: 600 }
/** Seconds of one measurement besides its warm-up and window. */
const drainS = 0.7
const configureS = 3
const startS = 9
/** FPS with batches of 8. More make the study slow and show nothing else; with fewer, a window has a handful of batches. */
const [fewestFps, mostFps] = [30, 300]

/** A seeded server with one worker; its own batch size has no meaning here. */
function serverOf(seed: number): SeededServer {
  const server = seededServer(seed)
  const { tauMs, alphaMs } = server.times
  const fps = 8000 / (tauMs + 8 * alphaMs)
  const scale = fps / Math.max(fewestFps, Math.min(mostFps, fps))
  return { ...server, times: { tauMs: scale * tauMs, alphaMs: scale * alphaMs, jitter: 0 } }
}

async function planOf(server: SeededServer, seed: number, sets: readonly string[]): Promise<Plan> {
  const { tauMs, alphaMs } = server.times
  const ceiling = 8000 / (tauMs + 8 * alphaMs)
  const random = seededRandom(mixSeeds(seed, 0xace))
  // About 12 to 40 cameras at the ceiling.
  const fps = Math.max(1, Math.round(ceiling / (12 * 3.3 ** random())))
  // Some are too short for large batches, or for client batches to fill.
  const latencyMs = Math.ceil(
    (1.5 + 3 * random()) * (tauMs + 8 * alphaMs) + random() * (60 + 8000 / (2 * fps)),
  )
  const loaded = await loadScenario(scenarioFile, {
    server: 'embedded',
    set: [`seed=${seed}`, `slo.latencyMs=${latencyMs}`, ...sets],
  })
  const plan = planScenario(loaded)
  const atRate = <P extends Point | NonNullable<Plan['ofCeiling']>[number]>(point: P): P =>
    point.load.kind === 'closed' ? point : { ...point, load: { ...point.load, fps } }
  return { ...plan, points: plan.points.map(atRate), ofCeiling: (plan.ofCeiling ?? []).map(atRate) }
}

/** Measures a plan, and a race if it is one, on the virtual clock. */
async function measured(server: SeededServer, planned: Plan, seed: number) {
  let atS = startS
  let before = ''
  const run = runInMemory({
    schemaVersion: 2,
    framestormVersion: '',
    startedAt: new Date(0).toISOString(),
    status: 'complete',
    scenario: { name: 'batch-sweep', text: '', hash: '' },
    plan: planned,
    seed,
    environment: {},
    encodingCosts: [],
    measurements: [],
  })
  const collection = collectMeasurements()
  const recommender = openRecommender({ seed, scenario: { file: 'batch-sweep.yaml', overrides: [] } })
  const drawn = trueServiceTimes(server)

  function measure(point: Point, one: PlannedMeasurement): number {
    const { serverBatchSize, maxBatchDelayMs } = point.batching
    const settings = `${serverBatchSize} ${maxBatchDelayMs}`
    if (settings !== before) atS += configureS
    before = settings
    const random = seededRandom(mixSeeds(seed, one.point, one.repetition, planned.race === undefined ? 1 : 2))
    const slow =
      Math.exp(windowNoise * normal(random)) *
      (1 + drift.share * Math.sin((2 * Math.PI * atS) / drift.periodS + seed))
    const virtual = {
      ...server.times,
      workers: 1,
      lossMs: 0,
      overhead: server.setting.overhead,
      logs: true,
      serviceTimes: (noise: () => number) => {
        const times = drawn(noise)
        return (frames: number) => slow * times(frames)
      },
    }
    const { input } = summarised(virtualMeasurement(virtual, point, one))
    const record: MeasurementRecord = { ...input.record, startedAt: new Date(1000 * atS).toISOString() }
    const whole = { ...input, record }
    const summary = collection.add(whole)
    recommender.add(whole, summary)
    run.addRecord(record)
    atS += point.measure.warmupMaxS + point.measure.durationS + drainS
    return summary.fps
  }

  const analyse = async () => {
    const analysis = collection.analyse('run', run.manifest)
    return { ...analysis, recommendation: await recommender.recommend(analysis) }
  }
  let ceiling = { point: 1, fps: 0 }
  const done = new Set<string>()
  for (;;) {
    const { plan } = run.manifest
    const next = plan.order.find((one) => !done.has(`${one.point}/${one.repetition}`))
    if (next === undefined) break
    const point = plan.points.find(({ id }) => id === next.point)
    if (point === undefined) {
      await run.changePlan(fixCameras(plan, () => ceiling))
      continue
    }
    done.add(`${next.point}/${next.repetition}`)
    const fps = measure(point, next)
    if (point.load.kind === 'closed' && fps > ceiling.fps) ceiling = { point: point.id, fps }
  }
  await raceSettings(run, {
    analyse,
    nowMs: () => 1000 * atS,
    onBlock: () => {},
    measure: async (point, one) => {
      measure(point, one)
      return true
    },
  })
  const { recommendation } = await analyse()
  return { recommendation, seconds: atS, end: run.manifest.plan.race?.end }
}

/** What a setting carries with the true service times. */
async function trueCameras(server: SeededServer, { point }: RatedSetting, seed: number): Promise<number> {
  const { load, slo } = point
  const batches = calibrationBatches(
    {
      ...server,
      setting: {
        ...server.setting,
        framesPerRequest: 1,
        server: { ...server.setting.server, serverBatchSize: 8 },
      },
    },
    seed,
  )
  const model = fitServiceModel(batches)!
  const { planning } = await simulatedCapacity(
    simulatedSetting({ point, load, slo }, { overhead: server.setting.overhead, workers: 1 }),
    { model: { ...model, uncertainty: 0 }, percentile: slo.percentile, seed, step: cameraStep(point, load) },
  )
  return planning
}

say(
  '| seed | t(b), ms | three repetitions of 20 s | carries | until decided | carries | blocks | | time | CPU |',
)
say('|---|---|---|---|---|---|---|---|---|---|')
const shares: number[] = []
let as = 0
for (let seed = first; seed <= last; seed++) {
  const server = serverOf(seed)
  const long = await measured(
    server,
    await planOf(server, seed, ['measure.durationS=20', 'measure.repetitions=3']),
    seed,
  )
  const startedUs = process.cpuUsage().user
  const race = await measured(
    server,
    planRace(await planOf(server, seed, []), { budgetS, file: scenarioFile }),
    seed,
  )
  const cpuS = (process.cpuUsage().user - startedUs) / 1e6
  const [by3, byRace] = [long.recommendation, race.recommendation]
  // The simulations of a race take time between its blocks.
  const share = (race.seconds + cpuS) / long.seconds
  shares.push(share)
  const carried = await Promise.all(
    [by3, byRace].map(async (one) => (one === undefined ? 0 : trueCameras(server, one.setting, seed))),
  )
  const isSame = formatBatching(by3!.setting.point) === formatBatching(byRace!.setting.point)
  const isAsGood = isSame || carried[1]! >= 0.95 * carried[0]!
  if (isAsGood) as++
  const { tauMs, alphaMs } = server.times
  say(
    `| ${[
      seed,
      `${tauMs.toFixed(1)} + ${alphaMs.toFixed(1)}·b`,
      formatBatching(by3!.setting.point),
      carried[0],
      formatBatching(byRace!.setting.point),
      carried[1],
      `${race.end?.blocks} (${(race.end?.equal.length ?? 0) > 0 ? 'decided' : 'open'})`,
      isSame ? 'same' : isAsGood ? 'as good' : '**worse**',
      `${(race.seconds + cpuS).toFixed(0)} of ${long.seconds.toFixed(0)} s (${(100 * share).toFixed(0)} %)`,
      `${cpuS.toFixed(0)} s`,
    ].join(' | ')} |`,
  )
}
say(
  `\n${as} of ${last - first + 1} as good; time ${(100 * median(shares)).toFixed(0)} % in the median, ` +
    `${(100 * Math.max(...shares)).toFixed(0)} % at most`,
)
