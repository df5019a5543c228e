import { describe, expect, test } from 'vitest'
import type { Failure } from '../run/failures.js'
import { Outcome } from '../run/record.js'
import { parseThreshold } from '../scenario/grammar/threshold.js'
import { analyseSimulated } from './analyse-simulated.test.support.js'
import { decideExitCode } from './exit-code.js'
import { cameraLoad, closedLoad, pointOf } from './simulated-run.test.support.js'
import { pointSummary } from './summaries.test.support.js'

const point = pointOf(1, 'server', 4, cameraLoad(3))
const run = {
  verdict: { validity: 'VALID' as const, wrongAnswers: [] },
  thresholds: [],
  points: [pointSummary(point, {})],
  confirming: [],
}

test('a confirming run that is over its SLO or fails frames changes no exit code', () => {
  for (const outcome of ['over-slo', 'failing'] as const)
    expect(decideExitCode({ ...run, confirming: [{ summary: pointSummary(point, { outcome }) }] })).toBe(0)
})

test('a confirming run with wrong answers is never a pass', () => {
  const finding = {
    name: 'wrong-answers' as const,
    severity: 'invalid' as const,
    symptom: '',
    cause: '',
    remedy: '',
    repetitions: [1],
  }
  const summary = pointSummary(point, { findings: [finding] })
  expect(decideExitCode({ ...run, confirming: [{ summary }] })).toBe(4)
})

test('a point whose frames failed, and one that was left out, are a failure', () => {
  expect(decideExitCode({ ...run, points: [pointSummary(point, { outcome: 'failing' })] })).toBe(1)
  expect(decideExitCode({ ...run, leftOut: [{ point: 2, message: 'refused' }] })).toBe(1)
})

describe('a run of which every request failed', () => {
  const kinds: Omit<Failure, 'requests' | 'frames'>[] = [
    { outcome: 'timeout', message: 'no answer within 5000 ms' },
    { outcome: 'http-error', status: 503, message: 'Model "m" has no worker to serve inference request.' },
    { outcome: 'http-error', status: 429, message: 'Too Many Requests' },
    { outcome: 'http-error', status: 500, message: 'Prediction failed' },
    { outcome: 'connection-error', message: 'connect ECONNREFUSED' },
    { outcome: 'bad-response', message: 'the answer is not HTTP' },
  ]
  const failing = [closedLoad(8), cameraLoad(3)].flatMap((load) => kinds.map((kind) => ({ load, kind })))

  async function analyseFailing(some: typeof failing) {
    const points = some.map(({ load }, i) => pointOf(i + 1, 'server', 4, load))
    return analyseSimulated(points, 1, ({ samples: { requests, frames }, record }, { id }) => {
      const { kind } = some[id - 1]!
      requests.outcome.fill(Outcome[kind.outcome])
      requests.status.fill(kind.status ?? 0)
      frames.outcome.fill(Outcome[kind.outcome])
      record.failures = [{ ...kind, requests: requests.count, frames: frames.count || requests.count }]
    })
  }

  test.each(failing)('exits with code 1 and says what failed: $kind under $load', async ({ load, kind }) => {
    const { exitCode, verdict } = await analyseFailing([{ load, kind }])
    expect(verdict.allFailing).toMatchObject({ commonest: kind })
    expect(exitCode).toBe(1)
  })

  test('so does one of which each point failed in another way', async () => {
    expect((await analyseFailing(failing)).exitCode).toBe(1)
  })

  test('a threshold that accepts these errors makes it a pass', async () => {
    const { points, verdict } = await analyseFailing(failing.slice(0, 1))
    const threshold = parseThreshold('errorRate <= 100%')
    const accepted = { threshold, point: points[0]!.point, verdict: 'PASS' as const }
    expect(decideExitCode({ ...run, points, verdict, thresholds: [accepted] })).toBe(0)
  })
})
