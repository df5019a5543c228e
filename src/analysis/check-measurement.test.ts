import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MeasurementObservations } from '../run/observations.js'
import { packageRoot } from '../system/package-root.js'
import { checkAnswers } from './answer-check.js'
import type { Check, Evidence } from './check.js'
import { checkMeasurement, listFindings, judgeValidity } from './check-measurement.js'
import { checkNames, checks } from './checks.js'
import type { FrameCounts } from './frame-counts.js'
import { lagLimitMs } from './generator-lag.js'
import { foldOver } from './fold.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'

const counts = (changes: Partial<FrameCounts['byOutcome']> = {}): FrameCounts => ({
  scheduled: 100,
  byOutcome: {
    ok: 100,
    'http-error': 0,
    timeout: 0,
    'connection-error': 0,
    'bad-response': 0,
    aborted: 0,
    dropped: 0,
    ...changes,
  },
})

const seen: MeasurementObservations = {
  loadThreads: 1,
  clockStepMs: 0.1,
  settingsChanged: [],
  serverRestarted: false,
  throttledShare: 0,
}

const healthy: Evidence = {
  point: pointOf(1, 'server', 4, closedLoad(16)),
  counts: counts(),
  failures: [],
  complete: true,
  generatorLagsUs: Float64Array.from({ length: 1000 }, (_, i) => 30 + i / 100),
  latencyP50Ms: 200,
  fps: 37,
  loadCpuShare: 0.09,
  answers: { compared: 1000, wrong: 0, largestDeviation: 6e-7 },
  observations: seen,
  stability: { fps: [37, 37.5, 36.8], stable: true },
  batchFormedMean: 3.9,
}

function findings(changes: Partial<Evidence>, recorded: string[] = []) {
  const evidence = { ...healthy, ...changes }
  return listFindings(checkMeasurement(evidence), evidence, recorded)
}

const names = (changes: Partial<Evidence>) => findings(changes).map(({ name }) => name)

test('a healthy measurement is VALID, and nothing is reported of it', () => {
  expect(findings({})).toEqual([])
  expect(judgeValidity(findings({}))).toBe('VALID')
})

test('what was not observed is neither passed nor failed', () => {
  const { point, counts, complete, fps } = healthy
  const results = checkMeasurement({
    point,
    counts,
    failures: [],
    complete,
    fps,
    generatorLagsUs: new Float64Array(0),
    observations: {},
  })
  expect(results.map(({ name }) => name)).toEqual(['interrupted', 'errors'])
})

const late = (ms: number) => Float64Array.from({ length: 1000 }, (_, i) => (i < 970 ? 30 : ms * 1000))

test('lateness at p99 may be 5 % of the SLO, and at least 1 ms', () => {
  expect([10, 40, 1000].map(lagLimitMs)).toEqual([1, 2, 50])
  const cameras = (latencyMs: number) => ({
    point: pointOf(1, 'server', 4, cameraLoad(12), { slo: { latencyMs, percentile: 99 } }),
  })
  expect(names({ generatorLagsUs: late(5.6), ...cameras(1000) })).toEqual([])
  expect(names({ generatorLagsUs: late(50.1), ...cameras(1000) })).toEqual(['generator-late'])
  expect(names({ generatorLagsUs: late(2.1), ...cameras(40) })).toEqual(['generator-late'])
  expect(names({ generatorLagsUs: late(0.9), ...cameras(10) })).toEqual([])
  expect(names({ generatorLagsUs: late(1.1), ...cameras(10) })).toEqual(['generator-late'])
})

test('without an SLO lateness may be 5 % of the p50 frame latency, under closed load of the p50 request latency', () => {
  const withoutSlo = { point: pointOf(1, 'server', 4, cameraLoad(4), { slo: undefined }), latencyP50Ms: 60 }
  expect(names({ generatorLagsUs: late(2.9), ...withoutSlo })).toEqual([])
  expect(names({ generatorLagsUs: late(3.1), ...withoutSlo })).toEqual(['generator-late'])
  expect(names({ generatorLagsUs: late(3.1), latencyP50Ms: 60 })).toEqual(['generator-late'])
})

test('lateness is not judged if nothing was answered and there is no SLO: there is no latency to judge it by', () => {
  expect(names({ generatorLagsUs: late(100), latencyP50Ms: undefined })).toEqual([])
})

test('a measurement whose outcome depends on lateness is INVALID, and both outcomes are named', () => {
  const outcome = { decision: 'over-slo', withoutLateness: 'within-slo', latenessDecides: true } as const
  const [found] = findings({ outcome })
  expect(found).toMatchObject({ severity: 'invalid', name: 'lateness-decides' })
  expect(found!.symptom).toBe(
    'The outcome is over-slo; without the lateness of the load generator it is within-slo.',
  )
})

const lags = (late: number) => Float64Array.from({ length: 60 }, (_, i) => (i < 60 - late ? 30 : 20_000))

test('one late request of sixty decides nothing, two do', () => {
  expect(names({ generatorLagsUs: lags(1) })).toEqual([])
  expect(names({ generatorLagsUs: lags(2) })).toEqual(['generator-late'])
})

test('a load thread over 80 % of a core is INVALID, two threads at 60 % are not', () => {
  expect(names({ loadCpuShare: 0.79 })).toEqual([])
  expect(names({ loadCpuShare: 0.81 })).toEqual(['client-saturated'])
  expect(names({ loadCpuShare: 1.2, observations: { loadThreads: 2 } })).toEqual([])
})

test('one wrong answer is INVALID', () => {
  expect(names({ answers: { compared: 1000, wrong: 1, largestDeviation: 0.2 } })).toEqual(['wrong-answers'])
  expect(names({ answers: { compared: 1000, wrong: 0, largestDeviation: 0, mixedUp: 2 } })).toEqual([
    'wrong-answers',
  ])
})

test('answers are compared within the tolerance, and not at all where nothing was compared', () => {
  const samples = handMadeSamples([
    { sentMs: 0, answeredMs: 1, deviation: 6e-7 },
    { sentMs: 0, answeredMs: 1, deviation: 0.015 },
    { sentMs: 0, answeredMs: 1 },
  ])
  expect(foldOver(samples, checkAnswers(1e-4))).toMatchObject({ compared: 2, wrong: 1 })
  const notCompared = handMadeSamples([{ sentMs: 0, answeredMs: 1 }])
  expect(foldOver(notCompared, checkAnswers(1e-4))).toBeUndefined()
})

test.each([
  ['interrupted', { complete: false }, { complete: true }],
  ['clock-step', { observations: { clockStepMs: -12 } }, { observations: { clockStepMs: 0.4 } }],
  [
    'settings-changed',
    { observations: { settingsChanged: ['batchSize 4'] } },
    { observations: { settingsChanged: [] } },
  ],
  [
    'server-restarted',
    { observations: { serverRestarted: true } },
    { observations: { serverRestarted: false } },
  ],
  ['throttled', { observations: { throttledShare: 0.03 } }, { observations: { throttledShare: 0.001 } }],
  ['unstable-window', { stability: { fps: [37, 30, 22], stable: false } }, {}],
  ['other-clients', { fromOthers: 3 }, { fromOthers: 0 }],
  ['answers-without-batch', { answeredWithoutBatch: 2 }, { answeredWithoutBatch: 0 }],
  ['workers-restarted', { observations: { workersReplaced: 1 } }, { observations: { workersReplaced: 0 } }],
  [
    'connections-retried',
    { observations: { connectionsRetried: 1 } },
    { observations: { connectionsRetried: 0 } },
  ],
  ['processor-stolen', { observations: { stealShare: 0.021 } }, { observations: { stealShare: 0.019 } }],
  ['machine-shared', { observations: { otherCpuShare: 0.11 } }, { observations: { otherCpuShare: 0.09 } }],
])('%s is found, and only it', (name, provokes, doesNot) => {
  expect(names(provokes)).toEqual([name])
  expect(names(doesNot)).toEqual([])
})

test('errors are noted with what they were', () => {
  const [note] = findings({ counts: counts({ ok: 90, 'http-error': 8, dropped: 2 }) })
  expect(note?.symptom).toBe('10 of 100 frames failed: 8 http-error, 2 dropped.')
})

test('small batches are noted with their cause: too few frames in flight', () => {
  const [note] = findings({ point: pointOf(1, 'server', 4, closedLoad(4)), batchFormedMean: 2 })
  expect(note?.cause).toBe('Too few frames in flight: 4. To fill 2 batches, 8 are needed.')
})

test('small batches are noted with their cause: the delay', () => {
  const [note] = findings({ batchFormedMean: 2 })
  expect(note?.cause).toMatch(/^The batch was not full when maxBatchDelayMs had passed/)
  const { point } = healthy
  const none = { ...point, batching: { ...point.batching, maxBatchDelayMs: 0 } }
  expect(findings({ point: none, batchFormedMean: 2 })[0]?.cause).toMatch(/at most two requests/)
})

test('batches of one are never too small, and unknown ones are not judged', () => {
  expect(names({ point: pointOf(1, 'client', 8, closedLoad(16)), batchFormedMean: 1 })).toEqual([])
  expect(names({ batchFormedMean: undefined })).toEqual([])
})

test('what was recorded while measuring is passed on', () => {
  expect(findings({}, ['The log could not be read.'])[0]?.symptom).toBe('The log could not be read.')
})

const agent = { site: 'south', firstClient: 0, clients: 2, complete: true }
/** Agents with all that an agent alone can have. */
const agents: Evidence[] = [
  { ...healthy, agent: { ...agent, lost: 'it did not report for 3 s' } },
  { ...healthy, agent: { ...agent, site: 'north', framesScheduled: 7, startSkewMs: 200 } },
]

const everything: Partial<Evidence> = {
  complete: false,
  loadCpuShare: 1,
  generatorLagsUs: Float64Array.of(19_000),
  outcome: { decision: 'over-slo', withoutLateness: 'within-slo', latenessDecides: true },
  answers: { compared: 2, wrong: 2, largestDeviation: 1 },
  observations: {
    clockStepMs: 9,
    settingsChanged: ['x'],
    serverRestarted: true,
    throttledShare: 1,
    workersReplaced: 2,
    connectionsRetried: 2,
    stealShare: 0.5,
    otherCpuShare: 0.5,
  },
  counts: counts({ ok: 90, timeout: 10 }),
  stability: { fps: [1, 2, 3], stable: false },
  batchFormedMean: 1,
  fromOthers: 1,
  answeredWithoutBatch: 1,
  batchesNotJoined: { batches: 0, requests: 0 },
}

test('each finding says symptom, likely cause and what to try, in sentences', () => {
  const ofAgents = findings({ agents })
  expect(ofAgents.map(({ name }) => name)).toEqual(['agent-lost', 'samples-missing', 'start-skew'])
  const others = findings(everything)
  expect(others.map(({ name }) => name)).toEqual(
    checkNames.filter((name) => 'finding' in checks[name] && !ofAgents.some((found) => found.name === name)),
  )
  for (const { symptom, cause, remedy } of [...others, ...ofAgents])
    for (const text of [symptom, cause, remedy]) expect(text).toMatch(/^[A-Z\d].*\.$/)
})

test('small batches are no finding if batches failed, because those are not in the log', () => {
  const small = { batchFormedMean: 1, counts: counts({ ok: 90, 'http-error': 10 }) }
  expect(findings(small).map(({ name }) => name)).not.toContain('small-batches')
})

test('the finding and the check of one thing have one limit', () => {
  for (const stealShare of [0.019, 0.03]) {
    const evidence = { ...healthy, observations: { ...seen, stealShare } }
    const results = checkMeasurement(evidence)
    const failed = results.filter(({ passed }) => !passed).map(({ name }) => name)
    expect(listFindings(results, evidence, []).map(({ name }) => name)).toEqual(failed)
  }
})

test('docs/words.md describes every finding, and none that is not', () => {
  const words = readFileSync(join(packageRoot, 'docs/words.md'), 'utf8')
  const rows = words.split('\n').filter((line) => /^\| `[a-z-]+` \|/.test(line))
  const ofTable = checkNames.flatMap((name) => {
    const { finding }: Check = checks[name]
    return finding === undefined ? [] : [`| \`${name}\` | ${finding.when} |`]
  })
  expect(rows).toEqual([
    ...ofTable,
    '| `recorded` | a problem that was noted while measuring, as the note says |',
  ])
})
