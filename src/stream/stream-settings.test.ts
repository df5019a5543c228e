import { expect, test } from 'vitest'

import { streamDefaults } from './stream-settings.js'

const policy = (isLive: boolean) =>
  streamDefaults({ isLive, batchSize: 4, clientBatching: false }).queue.policy

test('a file loses no frame, a camera keeps its newest', () => {
  expect([false, true].map(policy)).toEqual(['queue', 'drop-oldest'])
})

test('both modes keep two batches of frames in flight', () => {
  const choice = { isLive: false, batchSize: 8 }
  expect(streamDefaults({ ...choice, clientBatching: false })).toMatchObject({
    encoding: 'raw',
    framesInFlight: 16,
  })
  expect(streamDefaults({ ...choice, clientBatching: true })).toMatchObject({
    encoding: 'base64',
    framesInFlight: 16,
  })
})
