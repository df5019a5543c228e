import { expect, test } from 'vitest'
import { parseBatchLine } from './read-server-batches.js'

const ids = ['0b7c1f0e-6c0d-4f0e-9d0c-1f0e6c0d4f0e', '1b7c1f0e-6c0d-4f0e-9d0c-1f0e6c0d4f0e']
const head = '2026-11-24T06:00:00,123 [INFO ] W-9000-resnet-18_1.0-stdout MODEL_LOG - '

test.each([
  ['as the worker prints it', head, ''],
  ['as the frontend echoes it', `${head}result=`, ', pattern=[METRICS]'],
])('a PredictionTime line gives its requests and the time in the handler, %s', (_, before, after) => {
  const line = `${before}[METRICS]PredictionTime.Milliseconds:35.1|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h.x,1700000000,${ids.join(',')}${after}`
  expect(parseBatchLine(line)).toEqual({
    kind: 'prediction-time',
    worker: '9000-resnet-18_1.0',
    handlerMs: 35.1,
    requestIds: ids,
  })
})

test('our handler’s line gives the moments inside it in µs', () => {
  const facts = {
    entryNs: 1_000_000,
    decodedNs: 2_000_000,
    inferredNs: 3_000_000,
    exitNs: 3_500_000,
    requests: ids,
    frames: [4, 4],
  }
  expect(parseBatchLine(`${head}[FRAMESTORM_BATCH]${JSON.stringify(facts)}`)).toEqual({
    kind: 'handler',
    worker: '9000-resnet-18_1.0',
    requestIds: ids,
    handler: { entryUs: 1000, decodedUs: 2000, inferredUs: 3000, exitUs: 3500, frames: [4, 4] },
  })
})

test.each([
  '',
  `${head}[METRICS]HandlerTime.Milliseconds:35.1|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,1,${ids[0]}`,
  `${head}[FRAMESTORM_BATCH]{"entryNs":1,"decod`,
  `${head}[FRAMESTORM_BATCH]{"entryNs":"1"}`,
])('another line, or one cut short, is not a batch: %s', (line) => {
  expect(parseBatchLine(line)).toBeUndefined()
})
