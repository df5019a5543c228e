import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { planScenario } from '../../scenario/plan/plan-scenario.js'
import { mergePoints } from '../../scenario/schema/merge-points.js'
import type { RawScenario } from '../../scenario/schema/scenario-schema.js'
import { gatedMetric } from '../gated-metric.js'
import { choosePoint, metricsAt } from './choose-point.js'

function planOf(batching: RawScenario['batching']) {
  const scenario: RawScenario = {
    video: { source: 'testsrc' },
    load: { kind: 'closed', framesInFlight: 8 },
    batching,
  }
  return planScenario({ entries: mergePoints(scenario), seed: 1, file: 'night.yaml' })
}

const sweep = planOf({ mode: 'server', batchSize: [1, 4] })
const single = planOf({ mode: 'server', batchSize: 4 })

function receivedOf(choose: () => unknown): string | undefined {
  try {
    choose()
  } catch (error) {
    if (error instanceof UserError) return error.parts.received
    throw error
  }
  return undefined
}

test('a scenario of one point needs no choice', () => {
  expect(choosePoint(single, undefined).batching.batchSize).toBe(4)
})

test('of several points one has to be chosen, and the error lists them', () => {
  expect(choosePoint(sweep, 2).id).toBe(2)
  expect(receivedOf(() => choosePoint(sweep, undefined))).toMatch(/^1: .*batchSize=1\n2: .*batchSize=4/)
  expect(() => choosePoint(sweep, undefined)).toThrow('at one point')
  expect(() => choosePoint(sweep, 3)).toThrow('at one point')
})

test('metrics that cannot exist at the point are refused before anything is measured', () => {
  const point = choosePoint(single, undefined)
  expect(() => metricsAt(point, [gatedMetric('frameLatencyP99Ms')])).toThrow(
    'frameLatencyP99Ms does not exist',
  )
  expect(() => metricsAt(point, [gatedMetric('goodputFps')])).toThrow('goodputFps does not exist')
  expect(metricsAt(point, [gatedMetric('fps')])).toEqual([gatedMetric('fps')])
  expect(metricsAt(point, undefined)).toContain(gatedMetric('requestLatencyP50Ms'))
})
