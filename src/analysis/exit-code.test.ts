import { expect, test } from 'vitest'
import { decideExitCode } from './exit-code.js'
import { cameraLoad, pointOf } from './simulated-run.test.support.js'
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
