import { expect, test } from 'vitest'
import { gateExitCode, gateVerdict } from './gate-result.js'

const pass = { verdict: 'PASS' } as const
const fail = { verdict: 'FAIL' } as const
const open = { verdict: 'INCONCLUSIVE' } as const

test('one failed metric or threshold fails the gate, whatever is still open', () => {
  expect(gateVerdict({ metrics: [pass, open, fail], thresholds: [], invalid: false })).toBe('FAIL')
  expect(gateVerdict({ metrics: [pass, open], thresholds: [fail], invalid: false })).toBe('FAIL')
})

test('one open metric keeps the gate from passing', () => {
  expect(gateVerdict({ metrics: [pass, open], thresholds: [pass], invalid: false })).toBe('INCONCLUSIVE')
  expect(gateVerdict({ metrics: [pass], thresholds: [], invalid: false })).toBe('PASS')
})

test('one metric or threshold that lateness decides makes the gate INVALID, unless another one fails either way', () => {
  const late = { verdict: 'INVALID' } as const
  expect(gateVerdict({ metrics: [pass, late], thresholds: [], invalid: false })).toBe('INVALID')
  expect(gateVerdict({ metrics: [pass, open], thresholds: [late], invalid: false })).toBe('INVALID')
  expect(gateVerdict({ metrics: [fail, late], thresholds: [], invalid: false })).toBe('FAIL')
})

test('what cannot be trusted is neither passed nor failed', () => {
  expect(gateVerdict({ metrics: [fail], thresholds: [fail], invalid: true })).toBe('INVALID')
})

test('each verdict has its exit code, and the inconclusive one its policy', () => {
  expect(gateExitCode('PASS', 'fail')).toBe(0)
  expect(gateExitCode('FAIL', 'pass')).toBe(1)
  expect(gateExitCode('INVALID', 'pass')).toBe(4)
  expect(gateExitCode('INCONCLUSIVE', 'exit-5')).toBe(5)
  expect(gateExitCode('INCONCLUSIVE', 'fail')).toBe(1)
  expect(gateExitCode('INCONCLUSIVE', 'pass')).toBe(0)
})
