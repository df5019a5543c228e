/*
 * Calibrates the pooled verdict on seeded servers, on the virtual clock, with whole draws of camera phases as clusters: how
 * often does a number of cameras pass whose true share of late requests is 1.25 % or more, and how long does it take?
 *
 *   node dist/bench/capacity/pooled-verdict.js [first seed] [last seed]
 *
 * For each server, the smallest number at its planning edge with such a share and its neighbours are simulated in many
 * windows, each with phases and service noise of its own. All of them give the true share; random sequences of them are
 * judged as a search does, after each window.
 */
import { fitServiceModel, type ServiceTimes } from '../../src/capacity/simulator/service-model.js'
import { simulatedMeasurement } from '../../src/capacity/simulator/simulated-samples.test.support.js'
import type { SimulatedSetting } from '../../src/capacity/simulator/simulated-setting.js'
import { judgeSustained } from '../../src/capacity/sustained/judge-sustained.js'
import { simulatedCapacity } from '../../src/capacity/sustained/simulated-capacity.js'
import { countCameraRun } from '../../src/capacity/verdict/camera-run.js'
import { capacityCriteria, clearPassS, longestS } from '../../src/capacity/verdict/capacity-criteria.js'
import { countLate } from '../../src/capacity/verdict/conditions.js'
import { decideLateShare, lateShareRule, type LateCount } from '../../src/capacity/verdict/late-share.js'
import type { MeasureWindow } from '../../src/capacity/verdict/measure-cameras.js'
import { mixSeeds, seededRandom, shuffled, type Random } from '../../src/system/seeded-random.js'
import { calibrationBatches, seededServer, trueServiceTimes } from './seeded-server.js'

const [first = 1, last = 40] = process.argv.slice(2).map(Number)
/** Simulated windows of one number, and fewer where they have many requests. */
const windows = { most: 240, fewest: 30, requests: 120_000 }
const sequences = 1000
/** Windows that show whether a number is near its edge at all. */
const glance = 10
const say = (...words: unknown[]) => process.stdout.write(`${words.join(' ')}\n`)

/** Rules that are compared, the one in use first. */
const rules = [
  lateShareRule,
  ...[1, 1.5, 2, 3].map((designEffectMin) => ({ ...lateShareRule, designEffectMin })),
  ...[4, 5].map((drawsMin) => ({ ...lateShareRule, drawsMin })),
]

interface Edge {
  seed: number
  cameras: number
  share: number
  /** If its share is too high: whether it is judged to be sustained all the same, from the calibration of the server. */
  sustained?: boolean | undefined
  /** Of each rule. */
  outcomes: { passed: number; failed: number; windows: number }[]
  windowS: number
}

const edges: Edge[] = []
for (let seed = first; seed <= last; seed++) {
  const server = seededServer(seed)
  const { setting } = server
  const step = setting.framesPerRequest > 1 ? setting.load.camerasPerClient : 1
  const model = fitServiceModel(calibrationBatches(server, seed))
  if (model === undefined) throw new Error('too few batches')
  const { planning } = await simulatedCapacity(setting, { model, percentile: 99, seed, step })
  let over = 0
  for (let cameras = Math.max(step, planning); over < 2 && cameras < 1.3 * planning + 8 * step;) {
    const edge = await judgeEdge(seed, cameras)
    if (edge === undefined) {
      cameras += Math.max(step, Math.floor((0.01 * cameras) / step) * step)
      continue
    }
    if (edge.share >= 0.0125) {
      over++
      const evidence = { fitted: { model }, ceilingFps: undefined }
      const verdict = judgeSustained(setting, { ...evidence, cameras, percentile: 99, seed })
      edge.sustained = verdict.decision === 'pass'
    }
    edges.push(edge)
    report(edge)
    // Far from the edge nothing is learned.
    if (edge.share > 0.05) break
    cameras += step
  }
}

/** Judges sequences of windows of one number of cameras by every rule; undefined if it is far below its edge. */
async function judgeEdge(seed: number, cameras: number): Promise<Edge | undefined> {
  const server = seededServer(seed)
  const { setting } = server
  const criteria = capacityCriteria({ latencyMs: setting.sloMs, percentile: 99 })
  const requestsPerS = (cameras * setting.load.fps) / setting.framesPerRequest
  const windowS = Math.min(
    criteria.windowMaxS,
    Math.max(criteria.windowMinS, clearPassS(requestsPerS, criteria) / lateShareRule.drawsMin),
  )
  const measure = simulatedWindow(setting, trueServiceTimes(server), mixSeeds(seed, 0x7e57))
  const counts: LateCount[] = []
  const most = Math.ceil(longestS(requestsPerS, criteria) / windowS)
  const number = Math.max(windows.fewest, Math.min(windows.most, windows.requests / (requestsPerS * windowS)))
  for (let repetition = 1; repetition <= number; repetition++) {
    const phaseSeed = mixSeeds(seed, cameras, repetition, 0xd7a)
    const draw = await measure({ cameras, repetition, attempt: 1, phaseSeed, windowS })
    counts.push(countLate(draw, setting.sloMs))
    if (repetition === glance && counts.every((count) => count.late === 0)) return undefined
  }
  const random = seededRandom(mixSeeds(seed, cameras, 0x5e9))
  const outcomes = rules.map(() => ({ passed: 0, failed: 0, windows: 0 }))
  for (let sequence = 0; sequence < sequences; sequence++) {
    const drawn = shuffled(counts, random).slice(0, most)
    for (const [i, rule] of rules.entries()) {
      const outcome = outcomes[i]!
      for (let taken = 1; taken <= drawn.length; taken++) {
        const decision = decideLateShare(drawn.slice(0, taken), { percentile: 99, ...rule })
        if (decision === 'undecided' && taken < drawn.length) continue
        if (decision === 'pass') outcome.passed++
        if (decision === 'fail') outcome.failed++
        outcome.windows += taken
        break
      }
    }
  }
  const sum = (of: (count: LateCount) => number) => counts.reduce((total, count) => total + of(count), 0)
  return {
    seed,
    cameras,
    share: sum(({ late }) => late) / sum(({ requests }) => requests),
    outcomes,
    windowS,
  }
}

function report({ seed, cameras, share, outcomes: [outcome], windowS, sustained }: Edge): void {
  const { passed, failed, windows: taken } = outcome!
  say(
    `| ${seed} | ${cameras} | ${(100 * share).toFixed(2)} % | ${percent(passed)} | ${percent(failed)} | ${((taken / sequences) * windowS).toFixed(0)} s | ${sustained === undefined ? '' : sustained ? 'yes' : 'no'} |`,
  )
}

function percent(count: number): string {
  return `${((100 * count) / sequences).toFixed(1)} %`
}

say('')
say(
  '| rule | share ≥ 1.25 %: pass | worst | and sustained | share 1 to 1.25 %: pass | ≤ 0.5 %: pass | fail | windows | ≤ 0.2 %: windows |',
)
say('|---|---|---|---|---|---|---|---|---|')
for (const [i, { designEffectMin, drawsMin }] of rules.entries()) {
  const among = (low: number, high: number) => {
    const some = edges.filter(({ share }) => share >= low && share < high)
    const mean = (of: (edge: Edge) => number) =>
      some.reduce((total, edge) => total + of(edge), 0) / some.length
    return {
      number: some.length,
      passed: mean(({ outcomes }) => outcomes[i]!.passed),
      failed: mean(({ outcomes }) => outcomes[i]!.failed),
      windows: mean(({ outcomes }) => outcomes[i]!.windows) / sequences,
      sustained: mean((edge) => (edge.sustained === true ? edge.outcomes[i]!.passed : 0)),
      worst: Math.max(...some.map(({ outcomes }) => outcomes[i]!.passed)),
    }
  }
  const [bad, edge, good, clear] = [among(0.0125, 1), among(0.01, 0.0125), among(0, 0.005), among(0, 0.0001)]
  say(
    `| design effect ≥ ${designEffectMin}, draws ≥ ${drawsMin}${i === 0 ? ' (in use)' : ''} | ${percent(bad.passed)} of ${bad.number} | ${percent(bad.worst)} | ${percent(bad.sustained)} ` +
      `| ${percent(edge.passed)} of ${edge.number} | ${percent(good.passed)} of ${good.number} | ${percent(good.failed)} | ${good.windows.toFixed(1)} | ${clear.windows.toFixed(1)} |`,
  )
}

/**
 * Measures on the virtual clock: with the camera phases of the real run (same seeds) and random service noise.
 */
function simulatedWindow(
  setting: SimulatedSetting,
  serviceTimes: (random: Random) => ServiceTimes,
  noiseSeed: number,
): MeasureWindow {
  const { load, framesPerRequest, server, sloMs } = setting
  return async ({ cameras, repetition, attempt, phaseSeed, windowS }) => {
    const random = seededRandom(mixSeeds(noiseSeed, cameras, repetition, attempt))
    const simulation = { ...setting, load: { ...load, cameras }, phaseSeed, windowMs: windowS * 1000 }
    const { samples, windowStartUs, windowEndUs } = simulatedMeasurement(simulation, serviceTimes(random))
    return countCameraRun(samples, {
      load: { ...load, cameras },
      framesPerRequest,
      startUs: windowStartUs,
      endUs: windowEndUs,
      sloMs,
      batchSize: framesPerRequest * server.serverBatchSize,
    })
  }
}
