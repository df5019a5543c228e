import { expect, test } from 'vitest'
import { explainFailure } from '../../server/explain-failure.js'
import { seededRandom } from '../../system/seeded-random.js'
import { gatedMetric } from '../gated-metric.js'
import type { RepetitionMetrics } from '../../analysis/metrics.js'
import { pairOrder, runPairs, type MeasureSide, type PairsProgress, type Side } from './run-pairs.js'

const metrics = [gatedMetric('fps'), gatedMetric('requestLatencyP50Ms'), gatedMetric('errorRate')]

function repetition(level: number, pair: number, invalid: string[] = []): RepetitionMetrics {
  const fps = (100 + (pair % 3)) / level
  const values = { fps, requestLatencyP50Ms: 800 / fps, errorRate: 0 }
  return { values, requestsOk: 1000, durationS: 10, invalid }
}

const bySide =
  (candidateLevel: number): MeasureSide =>
  (side, pair) =>
    Promise.resolve(repetition(side === 'candidate' ? candidateLevel : 1, pair))

async function sidesBySeed(seed: number): Promise<Side[]> {
  const sides: Side[] = []
  await runPairs({
    metrics,
    seed,
    measureSide: (side, pair) => {
      sides.push(side)
      return bySide(1)(side, pair)
    },
  })
  return sides
}

test('a gate without a change passes after eight pairs', async () => {
  const outcome = await runPairs({ metrics, seed: 1, measureSide: bySide(1) })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.decisions.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS'])
})

test('a gate with a regression stops after eight pairs', async () => {
  const outcome = await runPairs({ metrics, seed: 1, measureSide: bySide(1.2) })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.decisions.map(({ verdict }) => verdict)).toEqual(['FAIL', 'FAIL', 'PASS'])
})

/** Frame latency of the candidate as measured and without lateness, as multiples of the baseline's. */
function lateCandidate(measured: number, without: (pair: number) => number): MeasureSide {
  return (side, pair) => {
    const p50Ms = 100 + (pair % 3) / 2
    const values = (factor: number) => ({ frameLatencyP50Ms: p50Ms * (side === 'candidate' ? factor : 1) })
    return Promise.resolve({
      values: values(measured),
      withoutLateness: { values: values(without(pair)) },
      requestsOk: 1000,
      durationS: 10,
      invalid: [],
    })
  }
}

test('a metric that fails only because the generator was late is INVALID, and both verdicts are kept', async () => {
  const latency = [gatedMetric('frameLatencyP50Ms')]
  const measureSide = lateCandidate(1.08, () => 1.01)
  const outcome = await runPairs({ metrics: latency, seed: 1, measureSide })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.decisions).toMatchObject([
    { verdict: 'INVALID', verdictAsMeasured: 'FAIL', withoutLateness: { verdict: 'PASS' } },
  ])
  expect(outcome.decisions[0]!.reason).toMatch(/FAIL as measured, PASS without it/)
})

test('while a metric is open without lateness more pairs are measured, and they may bring the verdicts together', async () => {
  const latency = [gatedMetric('frameLatencyP50Ms')]
  const measureSide = lateCandidate(1.01, (pair) => (pair <= 6 && pair % 2 === 0 ? 1.06 : 1.01))
  const outcome = await runPairs({ metrics: latency, seed: 1, measureSide })
  expect(outcome.pairs.length).toBeGreaterThan(8)
  expect(outcome.decisions).toMatchObject([
    { verdict: 'PASS', pairs: 8, withoutLateness: { verdict: 'PASS' } },
  ])
})

test('lateness that changes no verdict leaves the gate as it is', async () => {
  const latency = [gatedMetric('frameLatencyP50Ms')]
  const verdictOf = async (measured: number, without: number) => {
    const measureSide = lateCandidate(measured, () => without)
    return (await runPairs({ metrics: latency, seed: 1, measureSide })).decisions[0]!.verdict
  }
  expect([await verdictOf(1.02, 1.01), await verdictOf(1.2, 1.19)]).toEqual(['PASS', 'FAIL'])
})

test('each pair measures both sides once, in the order that the seed gives', async () => {
  const sides = await sidesBySeed(3)
  expect(sides).toHaveLength(16)
  for (let i = 0; i < 16; i += 2) expect(sides[i]).not.toBe(sides[i + 1])
  expect(await sidesBySeed(3)).toEqual(sides)
  expect(await sidesBySeed(4)).not.toEqual(sides)
})

test('new processes are started before each pair, also before one that replaces an INVALID one', async () => {
  const events: string[] = []
  await runPairs({
    metrics,
    seed: 1,
    startPairs: (wanted) => {
      events.push('start')
      return Promise.resolve(Math.min(wanted, 1))
    },
    measureSide: (side, pair) => {
      events.push(side)
      return Promise.resolve(repetition(1, pair, pair === 2 && side === 'baseline' ? ['late'] : []))
    },
  })
  expect(events.filter((event) => event === 'start')).toHaveLength(9)
  for (let i = 0; i < events.length; i += 3) expect(events[i]).toBe('start')
})

/** 0 to 6 % slower. */
const aroundTheFloor: MeasureSide = (side, pair) => bySide(1 + 0.015 * (pair % 5))(side, pair)

test('an undecided metric keeps measuring, up to forty pairs, and says why it is open', async () => {
  const outcome = await runPairs({ metrics, seed: 1, measureSide: aroundTheFloor })
  expect(outcome.pairs).toHaveLength(40)
  expect(outcome.decisions[0]).toMatchObject({ verdict: 'INCONCLUSIVE', pairs: 40 })
  expect(outcome.decisions[0]!.reason).toContain('after 40 pairs')
})

test('a metric that no repetition carries does not keep the gate going', async () => {
  const outcome = await runPairs({
    metrics: [...metrics, gatedMetric('requestLatencyP99Ms')],
    seed: 1,
    measureSide: bySide(1),
  })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.decisions.at(-1)).toMatchObject({ verdict: 'INCONCLUSIVE' })
})

test('an INVALID pair is discarded whole and measured again', async () => {
  const outcome = await runPairs({
    metrics,
    seed: 1,
    measureSide: (side, pair) =>
      Promise.resolve(repetition(1, pair, pair === 2 && side === 'candidate' ? ['generator was late'] : [])),
  })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.discarded).toEqual(['pair 2: candidate: generator was late'])
  expect(outcome.gaveUp).toBe(false)
})

test('a gate whose measurements are all INVALID gives up after five pairs', async () => {
  const outcome = await runPairs({
    metrics,
    seed: 1,
    measureSide: (_, pair) => Promise.resolve(repetition(1, pair, ['client core saturated'])),
  })
  expect(outcome).toMatchObject({ gaveUp: true, pairs: [] })
  expect(outcome.discarded).toHaveLength(5)
})

test('a pair in which the baseline stalls is discarded, too', async () => {
  const outcome = await runPairs({
    metrics,
    seed: 1,
    measureSide: (side, pair) =>
      Promise.resolve({ ...repetition(1, pair), requestsOk: side === 'baseline' && pair === 3 ? 0 : 1000 }),
  })
  expect(outcome.pairs).toHaveLength(8)
  expect(outcome.discarded).toEqual(['pair 3: baseline: It answered no request correctly.'])
})

test('a baseline that answers nothing from the start ends the gate with what to do about it', async () => {
  const failure = {
    outcome: 'http-error',
    status: 503,
    message: 'Prediction failed',
    requests: 9,
    frames: 9,
  } as const
  const commonestFailure = { ...failure, share: 1, ...explainFailure(failure) }
  const dead = runPairs({
    metrics,
    seed: 1,
    measureSide: (side, pair) =>
      Promise.resolve({
        ...repetition(1, pair),
        ...(side === 'baseline' && { requestsOk: 0, commonestFailure }),
      }),
  })
  await expect(dead).rejects.toMatchObject({
    exitCode: 3,
    message: 'the baseline server answered no request correctly',
    parts: {
      received: expect.stringMatching(/most often: status 503 Prediction failed\n.*handler/) as string,
    },
  })
})

test('a baseline that is only too slow for its windows is said to be so', async () => {
  const slow = runPairs({
    metrics,
    seed: 1,
    measureSide: (side, pair) =>
      Promise.resolve({ ...repetition(1, pair), requestsOk: side === 'baseline' ? 0 : 3, durationS: 2 }),
  })
  await expect(slow).rejects.toMatchObject({
    exitCode: 3,
    parts: {
      received: 'no correct answer in 2 windows of 2.0 s',
      remedy: expect.stringContaining('use longer windows') as string,
    },
  })
})

test('progress reports each pair, and the decisions so far', async () => {
  const reported: PairsProgress[] = []
  await runPairs({
    metrics,
    seed: 1,
    measureSide: bySide(1),
    onProgress: (progress) => reported.push(progress),
  })
  expect(reported.map(({ pairs }) => pairs)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(reported[6]!.decisions).toEqual([])
  expect(reported[7]!.decisions).toHaveLength(3)
})

/** A gate on a clock of its own: a start takes 10 s for each pair, a window 5 s. */
async function timedGate(
  candidate: MeasureSide,
  {
    seconds,
    leastPairs = 0,
    atOnce = 4,
    beforeS = 0,
  }: { seconds: number; leastPairs?: number; atOnce?: number; beforeS?: number },
) {
  let nowS = beforeS
  const started: number[] = []
  const progress: PairsProgress[] = []
  const outcome = await runPairs({
    metrics,
    seed: 1,
    startPairs(wanted) {
      const pairs = Math.min(wanted, atOnce)
      started.push(pairs)
      nowS += 10 * pairs
      return Promise.resolve(pairs)
    },
    measureSide(side, pair) {
      nowS += 5
      return candidate(side, pair)
    },
    onProgress: (each) => progress.push(each),
    budget: { seconds, leastPairs, now: () => nowS },
  })
  return { outcome, started, progress, nowS }
}

test('processes of several pairs start at once, and no more than the next look needs', async () => {
  expect((await timedGate(aroundTheFloor, { seconds: 240 })).started).toEqual([4, 4, 4])
  expect((await timedGate(aroundTheFloor, { seconds: 240, atOnce: 3 })).started).toEqual([3, 3, 2, 3, 1])
})

test('no pair begins that would end after the budget, and the last pairs are looked at', async () => {
  const { outcome, nowS } = await timedGate(aroundTheFloor, { seconds: 205 })
  expect(nowS).toBe(200)
  expect(outcome.pairs).toHaveLength(10)
  expect(outcome.decisions[0]).toMatchObject({ verdict: 'INCONCLUSIVE', pairs: 10 })
})

test('a gate that ran out of time says what would decide it', async () => {
  const { outcome } = await timedGate((side, pair) => bySide(1 + 0.012 * (pair % 5))(side, pair), {
    seconds: 205,
  })
  expect(outcome.decisions[0]!.reason).toMatch(
    /^after 10 pairs the interval still includes the smallest change that counts\. About \d+ pairs would decide it\. Give it more time with --budget \d+m\.$/,
  )
})

test('with too little time for a first look, the reason names the time that it takes', async () => {
  const { outcome } = await timedGate(bySide(1), { seconds: 70 })
  expect(outcome.pairs).toHaveLength(3)
  expect(outcome.decisions[0]).toMatchObject({ verdict: 'INCONCLUSIVE' })
  expect(outcome.decisions[0]!.reason).toContain(
    'only 3 pairs could be measured within the budget, and a decision needs 8. Give it more time with --budget 4m.',
  )
  const late = await timedGate(bySide(1), { seconds: 170, beforeS: 100 })
  expect(late.outcome.decisions[0]!.reason).toContain('only 3 pairs')
  expect(late.outcome.decisions[0]!.reason).toContain('--budget 6m.')
})

test('the first look is reached whatever the default budget is', async () => {
  const { outcome, nowS } = await timedGate(bySide(1), { seconds: 70, leastPairs: 8 })
  expect(nowS).toBe(160)
  expect(outcome.decisions.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS'])
})

test('progress says how many pairs there will be at most', async () => {
  const { progress } = await timedGate(aroundTheFloor, { seconds: 205 })
  expect(progress.map(({ pairs, atMost }) => [pairs, atMost]).at(0)).toEqual([1, 10])
  expect(progress.at(-1)).toMatchObject({ pairs: 10, atMost: 10, pairS: 20 })
})

test('at each look both sides have gone first equally often', () => {
  for (let seed = 0; seed < 50; seed++) {
    const order = pairOrder(20, seededRandom(seed))
    for (const look of [8, 12, 16, 20]) {
      expect(order.slice(0, look).filter((side) => side === 'baseline')).toHaveLength(look / 2)
    }
  }
})

test('the order is random, and the same for the same seed', () => {
  const orders = Array.from({ length: 50 }, (_, seed) => pairOrder(20, seededRandom(seed)).join())
  expect(new Set(orders).size).toBeGreaterThan(40)
  expect(pairOrder(20, seededRandom(7))).toEqual(pairOrder(20, seededRandom(7)))
})
