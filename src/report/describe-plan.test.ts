import { expect, test } from 'vitest'
import { mergePoints } from '../scenario/schema/merge-points.js'
import { scenarioSchema, type RawScenario } from '../scenario/schema/scenario-schema.js'
import { describePlan } from './describe-plan.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'

function described(changes: Partial<Record<keyof RawScenario, unknown>>): string {
  const scenario = scenarioSchema.parse({
    video: { source: '/clip.mp4' },
    batching: { mode: ['server', 'client'], batchSize: [1, 8] },
    load: [
      { kind: 'closed', framesInFlight: 4 },
      { kind: 'cameras', cameras: 1, fps: 2.5 },
    ],
    measure: { repetitions: 1, durationS: 8 },
    ...changes,
  })
  return describePlan(planScenario({ entries: mergePoints(scenario), seed: 1, file: 'x.yaml' }), 'sweep')
}

test('a plan reads as a table of points, their order, and what is left out', () => {
  const text = described({})
  expect(text.split('\n').filter((line) => /^ +\d+ {2}(server|client)/.test(line))).toEqual([
    '    1  server      1  1 x 1            raw       4 frames in flight',
    '    2  server      1  1 x 1            raw       1 camera at 2.5 fps',
    '    3  server      8  1 x 8        50  raw       4 frames in flight',
    '    4  server      8  1 x 8        50  raw       1 camera at 2.5 fps',
    '    5  client      8  8 x 1            base64    1 camera at 2.5 fps',
  ])
  expect(text).toMatch(/^sweep: 5 points, 5 measurements, about \d+ (s|min), seed 1\n/)
  expect(text).toContain('Order (point.repetition)\n  ')
  expect(text).toContain(
    'Skipped: impossible combinations (1)\n  framesPerRequest 8 is above the 4 frames in flight:\n' +
      '    mode=client batchSize=8 load=closed',
  )
  expect(text).toContain('    mode=client batchSize=1 load=closed = point 1')
})

test('no line is wider than 80 columns, however long a path or an address is', () => {
  const text = described({
    video: { source: `/${'long/'.repeat(40)}clip.mp4` },
    server: [`http://${'very-long-host.'.repeat(8)}example:8080`, 'auto'],
    measure: { repetitions: 40, durationS: [1, 2] },
  })
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('settings without a column of their own stand beside the load where they differ', () => {
  const text = described({ server: 'embedded', slo: [{ latencyMs: 500 }, { latencyMs: 900 }] })
  expect(text).toContain('latencyMs=500')
  expect(text).not.toContain('percentile=99')
})

test('many cells under one reason are counted, not listed', () => {
  expect(
    described({ batching: { mode: 'client', batchSize: 4, maxBatchDelayMs: [1, 2, 3, 4, 5, 6, 7, 8, 9] } }),
  ).toContain('    and 10 more')
})
