import { expect, test } from 'vitest'
import { tuneSettings, tuningCandidates, type TuningCandidate } from './tuning.js'

const space = {
  modes: ['server', 'client', 'hybrid'] as const,
  batchSizes: [1, 4, 8],
  maxBatchDelaysMs: [10, 50],
  workers: [1],
}

test('candidates differ from each other: no delay without server batching, one batch of one for all modes', () => {
  const candidates = tuningCandidates({ ...space, modes: [...space.modes] })
  expect(candidates).toEqual([
    { mode: 'server', framesPerRequest: 1, serverBatchSize: 1, workers: 1 },
    { mode: 'server', framesPerRequest: 1, serverBatchSize: 4, maxBatchDelayMs: 10, workers: 1 },
    { mode: 'server', framesPerRequest: 1, serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 },
    { mode: 'server', framesPerRequest: 1, serverBatchSize: 8, maxBatchDelayMs: 10, workers: 1 },
    { mode: 'server', framesPerRequest: 1, serverBatchSize: 8, maxBatchDelayMs: 50, workers: 1 },
    { mode: 'client', framesPerRequest: 4, serverBatchSize: 1, workers: 1 },
    { mode: 'client', framesPerRequest: 8, serverBatchSize: 1, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 2, serverBatchSize: 2, maxBatchDelayMs: 10, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 2, serverBatchSize: 2, maxBatchDelayMs: 50, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 2, serverBatchSize: 4, maxBatchDelayMs: 10, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 2, serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 4, serverBatchSize: 2, maxBatchDelayMs: 10, workers: 1 },
    { mode: 'hybrid', framesPerRequest: 4, serverBatchSize: 2, maxBatchDelayMs: 50, workers: 1 },
  ])
})

const candidates: TuningCandidate[] = [1, 2, 4, 8].map((serverBatchSize) => ({
  mode: 'server',
  framesPerRequest: 1,
  serverBatchSize,
  workers: 1,
}))

test('the top few by simulation are measured, and what was measured decides', async () => {
  const measured: number[] = []
  const tuning = await tuneSettings({
    candidates,
    simulate: async ({ serverBatchSize }) => 10 + serverBatchSize,
    measure: async ({ serverBatchSize }, expected) => {
      measured.push(serverBatchSize)
      return serverBatchSize === 8 ? 9 : expected
    },
    top: 2,
  })
  expect(measured).toEqual([8, 4])
  expect(tuning!.best).toMatchObject({ candidate: { serverBatchSize: 4 }, measuredCameras: 14 })
  expect(tuning!.simulationErrors).toEqual([1, 0])
})

test('among settings that carry as many, the one that costs least is best', async () => {
  const tuning = await tuneSettings({ candidates, simulate: async () => 7, measure: async () => 7, top: 4 })
  expect(tuning!.best.candidate.serverBatchSize).toBe(1)
})

test('where no setting carries a camera there is no best one', async () => {
  const none = { candidates, simulate: async () => 0, measure: async () => 0, top: 2 }
  expect(await tuneSettings(none)).toBeUndefined()
})
