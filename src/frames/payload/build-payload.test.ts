import busboy from '@fastify/busboy'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RequestShape } from '../../scenario/plan/plan.js'
import { buildPayload } from './build-payload.js'
import { type Payload, requestBody } from './payload.js'

const named: RequestShape = { field: 'frame_{i}', json: 'object' }
const list: RequestShape = { field: 'frame_{i}', json: 'list' }
const jpegs = [
  Buffer.from([0xff, 0xd8, 1, 2, 0xff, 0xd9]),
  Buffer.from('\r\n--framestorm-00000000\r\n'),
  Buffer.from('c'),
]

function parts(payload: Payload, frames: number[]): Promise<{ name: string; type: string; bytes: Buffer }[]> {
  return new Promise((resolve, reject) => {
    const found: { name: string; type: string; bytes: Buffer }[] = []
    const parser = new busboy.Busboy({ headers: { 'content-type': payload.contentType } })
    parser.on('file', (name, stream, _fileName, _encoding, type) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => found.push({ name, type, bytes: Buffer.concat(chunks) }))
    })
    parser.on('finish', () => {
      resolve(found)
    })
    parser.on('error', reject)
    parser.end(requestBody(payload, frames))
  })
}

test('a raw request is the JPEG itself', () => {
  const payload = buildPayload(jpegs, { encoding: 'raw', framesPerRequest: 1, request: named })
  expect(payload.contentType).toBe('image/jpeg')
  expect(requestBody(payload, [1])).toEqual(jpegs[1])
})

test('base64 in an object: each frame under the name of its place, in the requested order', () => {
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 3, request: named })
  expect(payload.contentType).toBe('application/json')
  const body = JSON.parse(requestBody(payload, [2, 0, 2]).toString())
  expect(Object.keys(body)).toEqual(['frame_0', 'frame_1', 'frame_2'])
  expect(Object.values(body).map((text) => Buffer.from(String(text), 'base64'))).toEqual([
    jpegs[2],
    jpegs[0],
    jpegs[2],
  ])
})

test('base64 in a list: only the order counts', () => {
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request: list })
  expect(JSON.parse(requestBody(payload, [1, 0]).toString())).toEqual([
    jpegs[1]?.toString('base64'),
    jpegs[0]?.toString('base64'),
  ])
})

test('multipart: one JPEG part a frame, whole even where the frame holds a boundary', async () => {
  const payload = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 3, request: named })
  expect(payload.contentType).toBe('multipart/form-data; boundary=framestorm-00000001')
  expect(await parts(payload, [0, 1, 2])).toEqual([
    { name: 'frame_0', type: 'image/jpeg', bytes: jpegs[0] },
    { name: 'frame_1', type: 'image/jpeg', bytes: jpegs[1] },
    { name: 'frame_2', type: 'image/jpeg', bytes: jpegs[2] },
  ])
})

test('a partial request is whole too', async () => {
  const base64 = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 3, request: named })
  expect(JSON.parse(requestBody(base64, [2]).toString())).toEqual({ frame_0: jpegs[2]?.toString('base64') })
  const multipart = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 3, request: named })
  expect(await parts(multipart, [2])).toEqual([{ name: 'frame_0', type: 'image/jpeg', bytes: jpegs[2] }])
})

test('frames lie in shared memory, one after the other, where the offsets say', () => {
  const payload = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 2, request: named })
  expect(payload.bytes).toBeInstanceOf(SharedArrayBuffer)
  const frames = jpegs.map((_, i) =>
    Buffer.from(payload.bytes).subarray(payload.offsets[i], payload.offsets[i + 1]),
  )
  expect(frames).toEqual(jpegs)
})

const anyFrames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 })
const anyField = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => `${text}{i}`)
const chosenFrom = (frames: unknown[], seed: number) =>
  Array.from({ length: 1 + (seed % 4) }, (_, place) => (seed + place) % frames.length)

test('whatever the frames, their names and the choice: a base64 body parses back to them', () => {
  fc.assert(
    fc.property(anyFrames, anyField, fc.nat(), (frames, field, seed) => {
      const request: RequestShape = { field, json: 'object' }
      const payload = buildPayload(frames, { encoding: 'base64', framesPerRequest: 4, request })
      const chosen = chosenFrom(frames, seed)
      const texts = Object.values(JSON.parse(requestBody(payload, chosen).toString()))
      const wanted = chosen.map((frame) => Buffer.from(frames[frame] ?? []).toString('base64'))
      expect(new Set(texts)).toEqual(new Set(wanted))
    }),
  )
})

test('a name cannot break out of its JSON or its part header', async () => {
  const field = 'a"\r\nX-Evil: 1\r\n\r\n","b":"{i}'
  const request: RequestShape = { field, json: 'object' }
  const json = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request })
  expect(Object.keys(JSON.parse(requestBody(json, [0, 1]).toString()))).toEqual([
    field.replace('{i}', '0'),
    field.replace('{i}', '1'),
  ])
  const multipart = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 2, request })
  const found = await parts(multipart, [0, 1])
  expect(found.map(({ bytes }) => bytes)).toEqual(jpegs.slice(0, 2))
  expect(requestBody(multipart, [0]).toString('latin1')).not.toContain('\r\nX-Evil')
})

test.each(['base64', 'multipart'] as const)(
  'frames that would share one name are refused in %s',
  (encoding) => {
    const request: RequestShape = { field: 'data', json: 'object' }
    expect(() => buildPayload(jpegs, { encoding, framesPerRequest: 2, request })).toThrow('same field name')
    expect(buildPayload(jpegs, { encoding, framesPerRequest: 1, request }).leads).toHaveLength(1)
  },
)

test('a request with no frame, too many frames or an unknown frame is an error of the caller', () => {
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request: list })
  expect(() => requestBody(payload, [])).toThrow('1 to 2 frames')
  expect(() => requestBody(payload, [0, 1, 2])).toThrow('1 to 2 frames')
  expect(() => requestBody(payload, [3])).toThrow('no frame 3')
  expect(() => buildPayload(jpegs, { encoding: 'raw', framesPerRequest: 2, request: named })).toThrow(
    'one frame',
  )
})
