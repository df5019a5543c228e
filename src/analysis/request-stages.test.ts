import { expect, test } from 'vitest'
import type { BatchFormed } from '../run/batches-formed.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { openStages, type RequestStages } from './request-stages.js'

const startedClockUs = 5e9
const at = (ms: number) => startedClockUs + ms * 1000

const batch: BatchFormed = {
  batch: 7,
  requestsFormed: 1,
  framesFormed: 1,
  framesAsked: 4,
  handlerMs: 31,
  members: [0],
  handler: { entryUs: at(60), decodedUs: at(65), inferredUs: at(89), exitUs: at(90), frames: [1] },
  origin: { basis: 'inferred', arrivedUs: [1000], poppedUs: 8000, dispatchedUs: 58_000 },
}

function stagesOf(
  changes: Partial<BatchFormed>,
  answeredMs = 93,
  clockUs: number | undefined = startedClockUs,
  of = batch,
) {
  const { requests } = handMadeSamples([{ sentMs: 1, answeredMs }])
  return openStages([{ ...of, ...changes }], clockUs).ofPart(requests)(0)!
}

const sumUs = (stages: RequestStages) =>
  [
    'sentToHandlerUs',
    'decodeUs',
    'inferenceUs',
    'handlerRestUs',
    'handlerToAnswerUs',
    'unexplainedUs',
  ].reduce((sum, part) => sum + (stages[part as 'decodeUs'] ?? 0), 0)

test('with moments in the handler every part is known, and they sum to the latency', () => {
  const stages = stagesOf({})
  expect(stages).toMatchObject({
    sentToHandlerUs: 59_000,
    queueWaitUs: 7000,
    batchWaitUs: 50_000,
    decodeUs: 5000,
    inferenceUs: 24_000,
    handlerRestUs: 1000,
    handlerToAnswerUs: 3000,
    handlerUs: 30_000,
    unexplainedUs: 0,
  })
  expect(sumUs(stages)).toBe(92_000)
})

test('a request that came while its batch was collected waited for the batch alone', () => {
  const origin = { ...batch.origin!, arrivedUs: [40_000] }
  expect(stagesOf({ origin })).toMatchObject({ queueWaitUs: 0, batchWaitUs: 18_000 })
})

test('of a model that is not ours the handler is known, and the rest is unexplained, not spread', () => {
  const { handler: _, origin: __, ...known } = batch
  expect(stagesOf({}, 93, startedClockUs, known)).toEqual({
    batch: expect.objectContaining({ batch: 7 }) as BatchFormed,
    handlerUs: 31_000,
    unexplainedUs: 61_000,
  })
})

test.each([
  ['entered before the request was sent', { ...batch.handler!, entryUs: at(-5) }],
  ['left after its answer', { ...batch.handler!, exitUs: at(99) }],
])('moments of another clock are not used: a handler %s', (_, handler) => {
  expect(stagesOf({ handler })).toMatchObject({ handlerUs: 31_000, unexplainedUs: 61_000 })
  expect(stagesOf({ handler }).decodeUs).toBeUndefined()
})

test('without the start on that clock the moments mean nothing', () => {
  const { requests } = handMadeSamples([{ sentMs: 1, answeredMs: 93 }])
  expect(openStages([batch], undefined).ofPart(requests)(0)!.decodeUs).toBeUndefined()
})

test('a request in no batch, or never answered, has no parts', () => {
  const { requests } = handMadeSamples([{ sentMs: 1 }, { sentMs: 1, answeredMs: 9 }])
  const stagesOf = openStages([batch], startedClockUs).ofPart(requests)
  expect(stagesOf(1)).toBeUndefined()
  expect(stagesOf(0)!.unexplainedUs).toBeUndefined()
})
