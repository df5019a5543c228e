import { expect, test } from 'vitest'
import { smallestGrowthShare } from '../../analysis/backlog.js'
import { checks } from '../../analysis/checks.js'
import { computeQuantile } from '../../analysis/percentile.js'
import { cameraLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import { handMadeSamples } from '../../analysis/hand-made-samples.test.support.js'
import { seededRandom } from '../../system/seeded-random.js'
import { countCameraRun, type CameraRun } from './camera-run.js'
import { capacityCriteria } from './capacity-criteria.js'
import { judgeDraws } from './judge-draws.js'
import { isInconclusive } from './measure-cameras.js'

const criteria = capacityCriteria({ latencyMs: 100, percentile: 99 })

/** A number of cameras with three equal draws, or those given. */
const judgeRun = (...draws: CameraRun[]) =>
  judgeDraws(draws.length === 1 ? [draws[0]!, draws[0]!, draws[0]!] : draws, criteria)

const point = pointOf(1, 'server', 1, cameraLoad(1))

const soundCamera = { framesScheduled: 500, framesOk: 500, requests: 500, requestsOver: 0 }
const sound: CameraRun = {
  windowS: 10,
  framesScheduled: 1000,
  framesLost: 0,
  cameras: [soundCamera, soundCamera],
  latenciesMs: [new Float64Array(1000).fill(60)],
  backlogGrowthFps: 0.1,
  backlogGrows: false,
  generatorLagP99Ms: 0.5,
  invalid: [],
}

test('a sound run passes, and the condition nearest to its limit is named', () => {
  expect(judgeRun(sound)).toMatchObject({ decision: 'pass', binding: 'latency', latencyMs: 60 })
})

test('without a single late request but too few of them, a number is undecided', () => {
  const run = { ...sound, latenciesMs: [new Float64Array(100).fill(60)] }
  expect(judgeRun(run)).toMatchObject({ decision: 'undecided', binding: 'latency' })
})

test('one camera without its frames fails the run, and is named', () => {
  const starved = { ...soundCamera, framesOk: 494 }
  const verdict = judgeRun({ ...sound, cameras: [soundCamera, starved] })
  expect(verdict).toMatchObject({ decision: 'fail', binding: 'delivered', worstCamera: { camera: 1 } })
  const enough = { ...soundCamera, framesOk: 495 }
  expect(judgeRun({ ...sound, cameras: [soundCamera, enough] }).decision).toBe('pass')
})

test('two frames lost in a thousand are too many, one is not', () => {
  expect(judgeRun({ ...sound, framesLost: 2 })).toMatchObject({ decision: 'fail', binding: 'lost' })
  expect(judgeRun({ ...sound, framesLost: 1 }).decision).toBe('pass')
})

test('the commonest failure of lost frames is kept, over all draws', () => {
  const failed = (message: string, frames: number) =>
    ({ outcome: 'http-error', status: 503, message, requests: frames, frames }) as const
  const window = (...failures: CameraRun['failures'] & object) => ({ ...sound, framesLost: 5, failures })
  const draws = [window(failed('queue', 3), failed('handler', 2)), window(failed('handler', 5))]
  expect(judgeRun(...draws)).toMatchObject({
    binding: 'lost',
    commonestFailure: { status: 503, message: 'handler' },
  })
  expect(judgeRun(sound).commonestFailure).toBeUndefined()
})

test('a growing backlog fails a run whose latencies are still within the SLO', () => {
  const run = { ...sound, backlogGrows: true, backlogGrowthFps: 5 }
  expect(judgeRun(run)).toMatchObject({ decision: 'fail', binding: 'backlog' })
})

test('a camera that is always late fails the run, however many others are in time', () => {
  const late = { framesScheduled: 5, framesOk: 5, requests: 5, requestsOver: 5 }
  const cameras = [late, ...Array.from({ length: 1000 }, () => ({ ...soundCamera }))]
  const latenciesMs = [new Float64Array(500_000).fill(60).fill(120, 0, 5)]
  expect(judgeRun({ ...sound, cameras, latenciesMs })).toMatchObject({
    decision: 'fail',
    binding: 'camera-latency',
    worstCamera: { camera: 0, overShare: 1 },
  })
})

test('a thousand cameras, each late once in its few requests, are not held against them one by one', () => {
  const cameras = Array.from({ length: 1000 }, () => ({ ...soundCamera, requests: 200, requestsOver: 1 }))
  const latenciesMs = [new Float64Array(200_000).fill(60).fill(120, 0, 1000)]
  expect(judgeRun({ ...sound, cameras, latenciesMs }).decision).toBe('pass')
})

test.each([
  ['late', { generatorLagP99Ms: 5.1 }],
  ['out of CPU', { loadCpuShare: 0.81 }],
])('a generator that is %s comes before everything that it may have caused', (_, trouble) => {
  const run = { ...sound, backlogGrows: true, latenciesMs: [new Float64Array(1000).fill(200)], ...trouble }
  expect(judgeRun(run)).toMatchObject({ decision: 'fail', binding: 'generator' })
})

test("the load generator has the limits of bench's checks, and the backlog that of its camera outcome", () => {
  const slo = { latencyMs: 60, percentile: 99 }
  const judged = capacityCriteria(slo)
  expect(judged.generatorLagP99MaxMs).toBe(checks['generator-late'].limit({ point: { ...point, slo } }))
  expect(judged.loadCpuShareMax).toBe(checks['client-saturated'].limit)
  const backlog = judgeRun(sound).conditions.find(({ name }) => name === 'backlog')
  expect(backlog!.limit).toBe(smallestGrowthShare)
})

test('a lost request is late, and the percentile that falls on one is unknown', () => {
  const latenciesMs = [new Float64Array(1000).fill(60).fill(Infinity, 0, 30)]
  const verdict = judgeRun({ ...sound, latenciesMs, framesLost: 30 })
  expect(verdict.requestsOver).toBe(3 * 30)
  expect(verdict.latencyMs).toBeUndefined()
  expect(JSON.parse(JSON.stringify(verdict))).toMatchObject({ decision: 'fail', binding: 'lost' })
})

test('latencies in several arrays are judged as in one, with lost requests among them', () => {
  const random = seededRandom(3)
  const all = Float64Array.from({ length: 300_000 }, () => (random() < 0.002 ? Infinity : 20 + 45 * random()))
  const several = [all.subarray(0, 7), all.subarray(7, 7), all.subarray(7, 200_000), all.subarray(200_000)]
  const verdict = judgeRun({ ...sound, latenciesMs: several })
  expect(verdict).toEqual(judgeRun({ ...sound, latenciesMs: [all] }))
  const pooled = Float64Array.from({ length: 3 * all.length }, (_, i) => all[i % all.length]!).toSorted()
  expect(verdict.latencyMs).toBe(computeQuantile(pooled, 0.99))
  expect(verdict.requestsOver).toBe(3 * all.filter((ms) => ms > criteria.sloMs).length)
})

test('the limit of lateness is 5 % of the SLO', () => {
  const { generatorLagP99MaxMs } = capacityCriteria({ latencyMs: 1000, percentile: 99 })
  expect(generatorLagP99MaxMs).toBe(50)
})

test('a number of cameras that passes or fails because of lateness is not decided by the server', () => {
  const [late, punctual] = [new Float64Array(1000).fill(102), new Float64Array(1000).fill(98)]
  const verdict = judgeRun({
    ...sound,
    latenciesMs: [late],
    withoutLateness: { ...sound, latenciesMs: [punctual] },
  })
  expect(verdict).toMatchObject({
    decision: 'fail',
    binding: 'lateness',
    lateness: { measured: 'fail', without: 'pass' },
  })
  expect(isInconclusive(verdict)).toBe(true)
  expect(verdict.conditions.find(({ name }) => name === 'lateness')).toMatchObject({ decision: 'fail' })
})

test('lateness that leaves a decision open is given more requests, and blames nobody', () => {
  const punctual = new Float64Array(150).fill(60)
  const late = punctual.map((ms, i) => (i < 2 ? 101 : ms))
  const verdict = judgeRun({
    ...sound,
    latenciesMs: [late],
    withoutLateness: { ...sound, latenciesMs: [punctual] },
  })
  expect(verdict).toMatchObject({ decision: 'undecided', binding: 'latency' })
  expect(isInconclusive(verdict)).toBe(false)
})

test('a failure that lateness may have caused is left open', () => {
  const punctual = new Float64Array(150).fill(60)
  const late = punctual.map((ms, i) => (i < 30 ? 101 : ms))
  const verdict = judgeRun({
    ...sound,
    latenciesMs: [late],
    withoutLateness: { ...sound, latenciesMs: [punctual.fill(101, 0, 2)] },
  })
  expect(verdict).toMatchObject({
    decision: 'undecided',
    binding: 'lateness',
    lateness: { measured: 'fail', without: 'undecided' },
  })
  expect(isInconclusive(verdict)).toBe(true)
})

test('lateness that changes no decision changes no verdict', () => {
  const punctual = { ...sound, latenciesMs: [new Float64Array(1000).fill(55)] }
  expect(judgeRun({ ...sound, withoutLateness: punctual })).toEqual(judgeRun(sound))
})

test('lateness is taken away request by request', () => {
  const run = countCameraRun(...handMadeRun((i) => (i < 10 ? 3 : 0)))
  expect(run.cameras[0]!.requestsOver).toBe(10)
  expect(run.withoutLateness?.cameras[0]!.requestsOver).toBe(0)
  expect(run.withoutLateness?.latenciesMs.flatMap((some) => [...some])).toHaveLength(
    run.latenciesMs.flatMap((some) => [...some]).length,
  )
})

test('a backlog that grows in one draw of several is chance, in two of them it is not', () => {
  const grows = { ...sound, backlogGrows: true, backlogGrowthFps: 5 }
  expect(judgeRun(grows, sound, sound).decision).toBe('undecided')
  expect(judgeRun(grows, sound, sound, sound).decision).toBe('pass')
  expect(judgeRun(grows, grows, sound)).toMatchObject({ decision: 'fail', binding: 'backlog' })
})

test('a backlog that grows by a sixth of all frames in one window fails at once', () => {
  const grows = { ...sound, backlogGrows: true, backlogGrowthFps: 20 }
  expect(judgeDraws([grows], criteria)).toMatchObject({ decision: 'fail', binding: 'backlog' })
})

/** One camera whose requests take 98 ms from sending, each sent late by so many ms, against an SLO of 100 ms. */
function handMadeRun(lateMs: (i: number) => number): Parameters<typeof countCameraRun> {
  const requests = Array.from({ length: 60 }, (_, i) => {
    const dueMs = 200 * i
    return { dueMs, sentMs: dueMs + lateMs(i), answeredMs: dueMs + lateMs(i) + 98 }
  })
  const frames = requests.map(({ dueMs }, request) => ({ capturedMs: dueMs, request }))
  const window = {
    startUs: 0,
    endUs: 12e6,
    sloMs: 100,
    batchSize: 1,
    load: cameraLoad(1),
    framesPerRequest: 1,
  }
  return [handMadeSamples(requests, frames), window]
}

test('one late request of sixty decides nothing about the generator, as in bench; two do', () => {
  const judged = (late: number) => judgeRun(countCameraRun(...handMadeRun((i) => (i < late ? 20 : 0.03))))
  const generator = (late: number) =>
    judged(late).conditions.find(({ name }) => name === 'generator')?.decision
  expect([generator(1), generator(2)]).toEqual(['pass', 'fail'])
})
