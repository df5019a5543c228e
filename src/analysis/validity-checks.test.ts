import { expect, test } from 'vitest'
import { checkAnswers } from './answer-check.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { validityOf } from './finding.js'
import type { ValidityEvidence } from './validity-checks.js'
import { invalidReasons, lagLimitMs } from './validity-checks.js'

const healthy: ValidityEvidence = {
  generatorLagsUs: Float64Array.from({ length: 1000 }, (_, i) => 30 + i / 100),
  slo: { latencyMs: 1000, percentile: 99 },
  loadCpuShare: 0.09,
  answers: { compared: 1000, wrong: 0, largestDeviation: 6e-7 },
  complete: true,
  observations: {
    loadThreads: 1,
    clockStepMs: 0.1,
    settingsChanged: [],
    serverRestarted: false,
    throttledShare: 0,
  },
}

function reasons(changes: Partial<ValidityEvidence>): string[] {
  return invalidReasons({ ...healthy, ...changes }).map(({ name }) => name)
}

test('a healthy measurement is VALID', () => {
  const findings = invalidReasons(healthy)
  expect(findings).toEqual([])
  expect(validityOf(findings)).toBe('VALID')
})

test('what nobody looked at is neither passed nor failed', () => {
  const { generatorLagsUs, complete } = healthy
  expect(invalidReasons({ generatorLagsUs, complete, observations: {} })).toEqual([])
})

const late = (ms: number) => Float64Array.from({ length: 1000 }, (_, i) => (i < 970 ? 30 : ms * 1000))

test('a generator that is late beyond min(5 ms, 5 % of the SLO) at p99 is INVALID', () => {
  expect(lagLimitMs({ latencyMs: 40, percentile: 99 })).toBe(2)
  expect(lagLimitMs({ latencyMs: 1000, percentile: 99 })).toBe(5)
  expect(reasons({ generatorLagsUs: late(4.9) })).toEqual([])
  expect(reasons({ generatorLagsUs: late(5.1) })).toEqual(['generator-late'])
  expect(reasons({ generatorLagsUs: late(2.1), slo: { latencyMs: 40, percentile: 99 } })).toEqual([
    'generator-late',
  ])
})

const lags = (late: number) => Float64Array.from({ length: 60 }, (_, i) => (i < 60 - late ? 30 : 20_000))

test('one late request of sixty decides nothing, two do', () => {
  expect(reasons({ generatorLagsUs: lags(1) })).toEqual([])
  expect(reasons({ generatorLagsUs: lags(2) })).toEqual(['generator-late'])
})

test('a load thread over 80 % of a core is INVALID, two threads at 60 % are not', () => {
  expect(reasons({ loadCpuShare: 0.79 })).toEqual([])
  expect(reasons({ loadCpuShare: 0.81 })).toEqual(['client-saturated'])
  expect(reasons({ loadCpuShare: 1.2, observations: { loadThreads: 2 } })).toEqual([])
})

test('one wrong answer is INVALID', () => {
  expect(reasons({ answers: { compared: 1000, wrong: 1, largestDeviation: 0.2 } })).toEqual(['wrong-answers'])
})

test('answers are compared within the tolerance, and not at all where nothing was compared', () => {
  const { requests } = handMadeSamples([
    { sentMs: 0, answeredMs: 1, deviation: 6e-7 },
    { sentMs: 0, answeredMs: 1, deviation: 0.015 },
    { sentMs: 0, answeredMs: 1 },
  ])
  expect(checkAnswers(requests, 1e-4)).toMatchObject({ compared: 2, wrong: 1 })
  expect(checkAnswers(handMadeSamples([{ sentMs: 0, answeredMs: 1 }]).requests, 1e-4)).toBeUndefined()
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
])('%s is INVALID, and only it', (name, provokes, doesNot) => {
  expect(reasons(provokes)).toEqual([name])
  expect(reasons(doesNot)).toEqual([])
})

test('each reason says symptom, likely cause and what to try', () => {
  const all = invalidReasons({
    ...healthy,
    complete: false,
    loadCpuShare: 1,
    generatorLagsUs: Float64Array.of(9000),
    answers: { compared: 2, wrong: 2, largestDeviation: 1 },
    observations: { clockStepMs: 9, settingsChanged: ['x'], serverRestarted: true, throttledShare: 1 },
  })
  expect(all).toHaveLength(8)
  for (const { symptom, cause, remedy, severity } of all) {
    expect(severity).toBe('invalid')
    for (const text of [symptom, cause, remedy]) expect(text).toMatch(/^[A-Z\d].*\.$/)
  }
})
