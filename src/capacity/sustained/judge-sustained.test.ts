import { expect, test } from 'vitest'
import { smallSetting, steadyModel } from '../simulator/simulated-setting.test.support.js'
import { judgeSustained, type SustainedEvidence } from './judge-sustained.js'

/** An embedded server: t(b) = 5 + 5·b ms, batches of 4, so 160 frames per second at most. */
const model = steadyModel(5, 5)
const setting = smallSetting({ fps: 10, server: { maxBatchDelayMs: 10 }, sloMs: 150 })
const ceilingFps = { value: 160, low: 158, high: 162 }

function judge(cameras: number, changes: Partial<SustainedEvidence> = {}) {
  return judgeSustained(setting, {
    fitted: { model },
    ceilingFps,
    cameras,
    percentile: 99,
    seed: 1,
    ...changes,
  })
}

test('15 cameras can be sustained at 160 fps, and 16 use all of the ceiling', () => {
  const passes = judge(15)
  expect(passes).toMatchObject({ decision: 'pass', sustained: true })
  expect(passes.utilisation.value).toBeCloseTo(150 / 160)
  expect(passes.utilisation.high).toBeLessThan(1)
  const fails = judge(16)
  expect(fails).toMatchObject({ decision: 'fail', reason: 'utilisation', sustained: false, simulatedS: 0 })
  expect(fails.utilisation.high).toBeGreaterThan(1)
})

test('a range of utilisation that reaches 1 never passes, however short the queues are', () => {
  expect(judge(15, { ceilingFps: { value: 155, low: 149, high: 160 } })).toMatchObject({
    decision: 'fail',
    reason: 'utilisation',
  })
})

test('below the ceiling, p99 in the stationary state decides', () => {
  const short = { ...setting, sloMs: 35 }
  const verdict = judgeSustained(short, {
    fitted: { model },
    ceilingFps,
    cameras: 12,
    percentile: 99,
    seed: 1,
  })
  expect(verdict).toMatchObject({ decision: 'fail', reason: 'late-share' })
  expect(verdict.lateShare!.value).toBeGreaterThan(0.01)
})

test('without batches, a tenth of the ceiling stays free, and the verdict says why', () => {
  expect(judge(14, { fitted: undefined })).toMatchObject({
    decision: 'pass',
    reason: 'no-batches',
    sustained: false,
  })
  expect(judge(15, { fitted: undefined })).toMatchObject({ decision: 'fail', reason: 'utilisation' })
})
