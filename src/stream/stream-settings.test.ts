import { expect, test } from 'vitest'

import { streamDefaults } from './stream-settings.js'

const policy = (input: string) => streamDefaults({ input, batchSize: 4, clientBatching: false }).queue.policy

test('a file loses no frame, a camera keeps its newest', () => {
  expect(['clip.mp4', 'testsrc', 'rtsp://camera/1', '/dev/video0'].map(policy)).toEqual([
    'queue',
    'queue',
    'drop-oldest',
    'drop-oldest',
  ])
})

test('both modes keep two batches of frames in flight', () => {
  const choice = { input: 'clip.mp4', batchSize: 8 }
  expect(streamDefaults({ ...choice, clientBatching: false })).toMatchObject({
    encoding: 'raw',
    framesInFlight: 16,
  })
  expect(streamDefaults({ ...choice, clientBatching: true })).toMatchObject({
    encoding: 'base64',
    framesInFlight: 16,
  })
})
