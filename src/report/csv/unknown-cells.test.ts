import { expect, test } from 'vitest'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import { openStages } from '../../analysis/request-stages.js'
import { closedLoad, pointOf, simulateMeasurement } from '../../analysis/simulated-run.test.support.js'
import type { Cell } from './csv-bytes.js'
import type { Column } from './csv-file.js'
import { machineColumns } from './machine-columns.js'
import { pointsColumns } from './points-columns.js'
import { requestsColumns } from './sample-columns.js'

function cellsOf<Row>(columns: Column<Row>[], row: Row): Record<string, Cell> {
  return Object.fromEntries(columns.map(({ name, cell }) => [name, cell(row)]))
}

const point = pointOf(1, 'server', 4, closedLoad(16))
const { record, samples, batches } = simulateMeasurement(point)

test('a server without its log: what its metrics give, and empty cells for the rest', () => {
  const sent = samples.requests.count
  const observations = {
    serverCounted: { requests: sent, inferenceUs: sent * 200_000, queueUs: sent * 90_000 },
  }
  const { summary } = summariseMeasurement({
    point,
    record: { ...record, observations },
    samples,
    answerTolerance: 1,
  })
  expect(cellsOf(pointsColumns, { point, measurement: summary, server: 'x' })).toMatchObject({
    batchFormedMean: undefined,
    batchesFormed: undefined,
    batchSizesFormed: undefined,
    fullBatchShare: undefined,
    delayBatchShare: undefined,
    serverRequests: sent,
    serverLatencyMeanMs: 200,
    serverQueueMeanMs: 90,
  })
})

test('a server with its log and without metrics: the batches, and no counts', () => {
  const { summary } = summariseMeasurement({ point, record, samples, batches, answerTolerance: 1 })
  const cells = cellsOf(pointsColumns, { point, measurement: summary, server: 'x' })
  expect(cells).toMatchObject({ batchFormedMean: 4, fullBatchShare: 1, delayBatchShare: 0 })
  expect(cells['batchSizesFormed']).toBe(`4:${cells['batchesFormed']}`)
  expect(cells['serverRequests']).toBeUndefined()
})

test('of a model that is not ours only the handler’s time is known; nothing is spread over the rest', () => {
  const { requests } = samples
  const foreign = batches.map(({ handler: _, ...batch }) => batch)
  const stagesOf = openStages(foreign, record.startedClockUs).ofPart(requests)
  const cells = cellsOf(requestsColumns, { record, requests, row: 0, stages: stagesOf(0) })
  for (const name of ['sentToHandlerMs', 'queueWaitMs', 'batchWaitMs', 'waits', 'decodeMs', 'inferenceMs'])
    expect(cells[name]).toBeUndefined()
  const latencyMs = Number(cells['answeredMs']) - Number(cells['sentMs'])
  expect(Number(cells['handlerMs']) + Number(cells['unexplainedMs'])).toBeCloseTo(latencyMs, 2)
})

test('a second of the machine without GPU, server processes or throttling leaves those cells empty', () => {
  const sample = { timeS: 1.5, machineCpuShare: 0.25, stealShare: 0, clientCpuShare: 0.03, clientRssBytes: 9 }
  expect(cellsOf(machineColumns, { record, sample })).toEqual({
    point: 1,
    repetition: 1,
    timeMs: 1500,
    machineCpuShare: 0.25,
    stealShare: 0,
    throttledShare: undefined,
    serverCpuCores: undefined,
    serverRssBytes: undefined,
    clientCpuCores: 0.03,
    clientRssBytes: 9,
    gpuShare: undefined,
    gpuMemoryBytes: undefined,
  })
})
