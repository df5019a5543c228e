import { expect, test } from 'vitest'
import type { PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { createPointMeasurer } from './point-measurer.js'
import { summarised, virtualMeasurement } from './virtual-server.test.support.js'

const point: Point = {
  id: 1,
  video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
  server: { kind: 'embedded', tauMs: 8, alphaMs: 2, jitter: 0, workers: 1 },
  model: { name: 'm', weights: 'seeded', request: { field: 'frame_{i}', json: 'object' }, answer: 'none' },
  batching: { mode: 'server', framesPerRequest: 1, serverBatchSize: 1, batchSize: 1, encoding: 'raw' },
  load: { kind: 'closed', framesInFlight: 1 },
  measure: { warmupMaxS: 1, durationS: 1, repetitions: 3, deadlineMs: 5000 },
}
const server = {
  ...{ tauMs: 8, alphaMs: 2, jitter: 0, workers: 1, lossMs: 0, logs: true },
  overhead: { sendMs: 1, answerMs: 1 },
}

test('a resumed search finds its points by the text that earlier versions saved', async () => {
  const saved =
    '["calibration",{"alphaMs":2,"jitter":0,"kind":"embedded","tauMs":8,"workers":1},' +
    '{"answer":{},"name":"m","request":{"field":"frame_{i}","json":"object"},"weights":"seeded"},' +
    '{"height":480,"quality":3,"source":"testsrc","width":640},' +
    '{"batchSize":1,"encoding":"raw","framesPerRequest":1,"mode":"server","serverBatchSize":1},' +
    '{"framesInFlight":4,"kind":"closed"}]'
  const ids = { first: 1, [saved]: 2 }
  const asked: PlannedMeasurement[] = []
  const points = createPointMeasurer(
    ids,
    async (measured, planned) => {
      asked.push(planned)
      return summarised(virtualMeasurement(server, measured, planned))
    },
    async () => undefined,
  )
  const window = { windowS: 1, warmupMaxS: 1, phaseSeed: 0 }
  await points.calibrate({ point }, { kind: 'closed', framesInFlight: 4 }, window)
  await points.calibrate({ point }, { kind: 'closed', framesInFlight: 4 }, window)
  expect(asked).toEqual([1, 2].map((repetition) => ({ point: 2, repetition, phaseSeed: 0 })))
  expect(Object.keys(ids)).toHaveLength(2)
})

test('a calibration that lacks an agent is measured again: its figures are not those of the load', async () => {
  const repetitions: number[] = []
  const points = createPointMeasurer(
    {},
    async (measured, planned) => {
      repetitions.push(planned.repetition)
      const { input, summary } = summarised(virtualMeasurement(server, measured, planned))
      return { input: { ...input, record: { ...input.record, complete: planned.repetition > 1 } }, summary }
    },
    async () => undefined,
  )
  const window = { windowS: 1, warmupMaxS: 1, phaseSeed: 0 }
  const { record } = await points.calibrate({ point }, { kind: 'closed', framesInFlight: 4 }, window)
  expect(repetitions).toEqual([1, 2])
  expect(record.repetition).toBe(2)
})
