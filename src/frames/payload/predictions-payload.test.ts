import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { predictions } from '../message/predictions.js'
import { buildPayload } from './build-payload.js'
import { requestBody } from './payload.js'
import { namedKeys, predictionsMessage, readTrackedKey, trackedKeys } from './predictions-payload.js'

const request = { field: 'frame_{i}', json: 'object' } as const

/** The message of a request, and the length in its prefix. */
function sent(clip: Uint8Array[], frames: number[], framesPerRequest: number, requestId?: Uint8Array) {
  const message = predictionsMessage({ name: 'm', version: '2.0' }, trackedKeys)
  const payload = buildPayload(clip, { encoding: 'raw', framesPerRequest, request, message })
  const body = requestBody(payload, frames, requestId)
  expect(payload.contentType).toBe('application/grpc')
  expect(body[0]).toBe(0)
  expect(body.readUInt32BE(1)).toBe(body.length - 5)
  return predictions.decodeRequest(body.subarray(5))
}

test('each frame is an entry of the map, and the key of the first one has the id of the request', () => {
  const clip = ['one', 'two', 'three'].map((text) => Buffer.from(text))
  const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
  const { modelName, modelVersion, input } = sent(clip, [2, 0], 3, id)
  expect({ modelName, modelVersion }).toEqual({ modelName: 'm', modelVersion: '2.0' })
  expect([...input].map(([key, value]) => [key, Buffer.from(value).toString()])).toEqual([
    ['frame_0000_00112233445566778899aabbccddeeff', 'three'],
    ['frame_0001_00000000000000000000000000000000', 'one'],
  ])
})

test('any number of frames of any size is what a parser of protobuf reads', () => {
  const frame = fc.uint8Array({ minLength: 0, maxLength: 40_000 })
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), (clip, seed) => {
      const frames = clip.map((_, place) => (place + seed) % clip.length).slice(0, 1 + (seed % clip.length))
      const { input } = sent(clip, frames, clip.length)
      expect([...input.values()].map((value) => Buffer.from(value))).toEqual(
        frames.map((index) => Buffer.from(clip[index]!)),
      )
    }),
    { numRuns: 30 },
  )
})

test('other handlers find the frames under the names that they have over HTTP, whatever their length', () => {
  const clip = [Buffer.from('a'), Buffer.from('b')]
  const message = predictionsMessage(
    { name: 'm' },
    namedKeys((place) => `frame_${place}`),
  )
  const rowOf = (count: number) => {
    const payload = buildPayload(clip, { encoding: 'raw', framesPerRequest: count, request, message })
    const frames = Array.from({ length: count }, (_, place) => place % 2)
    return predictions.decodeRequest(requestBody(payload, frames).subarray(5))
  }
  expect([...rowOf(1).input]).toEqual([['body', Buffer.from('a')]])
  const { input, modelVersion } = rowOf(101)
  expect(modelVersion).toBe('')
  expect([...input.keys()]).toEqual(Array.from({ length: 101 }, (_, place) => `frame_${place}`))
  expect(Buffer.from(input.get('frame_99')!).toString()).toBe('b')
})

test('the key of a tracked frame says which frame of which request it is', () => {
  expect(readTrackedKey(trackedKeys.keyAt(7))).toEqual({ place: 7, requestId: '0'.repeat(32) })
  expect([readTrackedKey('frame_7'), readTrackedKey('body')]).toEqual([undefined, undefined])
})
