import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.js'

const known = ['mode', 'batchSize', 'framesPerRequest', 'maxBatchDelayMs', 'fps']

test.each([
  ['batchsize', 'batchSize'],
  ['batch_size', 'batchSize'],
  ['framesPerReqest', 'framesPerRequest'],
  ['maxBatchDelay', 'maxBatchDelayMs'],
  ['mod', 'mode'],
  ['fsp', 'fps'],
])('%s was meant to be %s', (written, meant) => {
  expect(nearestName(written, known)).toBe(meant)
})

test.each(['workers', 'x', '', 'zzz'])('%j is near nothing', (written) => {
  expect(nearestName(written, known)).toBeUndefined()
})
