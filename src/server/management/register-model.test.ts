import { expect, test } from 'vitest'

import { registrationFrom, registrationQuery } from './register-model.js'

test('a registration says every setting in the query, and waits', () => {
  const registration = {
    modelName: 'm',
    modelUrl: 'm.mar',
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    workers: 2,
  }
  expect(registrationQuery(registration)).toEqual({
    url: 'm.mar',
    model_name: 'm',
    batch_size: 4,
    max_batch_delay: 50,
    initial_workers: 2,
    synchronous: true,
  })
})

test('a delay that is not given is left to TorchServe, one of zero is not', () => {
  const registration = { modelName: 'm', modelUrl: 'm.mar', serverBatchSize: 1, workers: 1 }
  expect(registrationQuery(registration)).not.toHaveProperty('max_batch_delay')
  expect(registrationQuery({ ...registration, maxBatchDelayMs: 0 })).toHaveProperty('max_batch_delay', 0)
})

test('what is described can be registered again as it was', () => {
  const description = {
    modelName: 'm',
    modelVersion: '2.0',
    modelUrl: 'm.mar',
    minWorkers: 2,
    maxWorkers: 3,
    serverBatchSize: 8,
    maxBatchDelayMs: 20,
    responseTimeoutS: 60,
    startupTimeoutS: 90,
    workers: [],
  }
  expect(registrationQuery(registrationFrom(description))).toMatchObject({
    url: 'm.mar',
    batch_size: 8,
    max_batch_delay: 20,
    initial_workers: 2,
    response_timeout: 60,
    startup_timeout: 90,
  })
})
