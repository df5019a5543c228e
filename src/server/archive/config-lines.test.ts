import { expect, test } from 'vitest'

import { configLines, suggestedBatching } from './config-lines.js'

const archive = { modelName: 'resnet-18', modelVersion: '1.0', marName: 'resnet-18.mar' }

test('server batching sets batch size and delay', () => {
  expect(configLines(archive, suggestedBatching('server', 8, 50))).toBe(
    'load_models=resnet-18.mar\n' +
      'models={"resnet-18":{"1.0":{"marName":"resnet-18.mar","minWorkers":1,"maxWorkers":1,"batchSize":8,"maxBatchDelay":50}}}\n',
  )
})

test('client batching keeps the server from joining requests', () => {
  const lines = configLines(archive, suggestedBatching('client', 8, 50))
  expect(lines).toContain('"batchSize":1}')
  expect(lines).not.toContain('maxBatchDelay')
})
