import { expect, test } from 'vitest'
import { buildPayload } from './build-payload.js'
import { describeBody } from './describe-body.js'
import { predictionsMessage, trackedKeys } from './predictions-payload.js'

const jpegs = [Buffer.alloc(40_500), Buffer.alloc(300), Buffer.alloc(0)]
const request = { field: 'frame_{i}', json: 'object' as const }

test('a body is shown with kind and size in place of each frame', () => {
  const raw = buildPayload(jpegs, { encoding: 'raw', framesPerRequest: 1, request })
  expect(describeBody(raw, [0])).toBe('<JPEG, 41 KB>')
  const json = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request })
  expect(describeBody(json, [0, 1])).toBe(
    '{"frame_0":"<base64 JPEG, 54 KB>","frame_1":"<base64 JPEG, 400 bytes>"}',
  )
})

test('multipart is shown line by line', () => {
  const payload = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 1, request })
  expect(describeBody(payload, [0]).split('\n')).toEqual([
    '--framestorm-00000000',
    'Content-Disposition: form-data; name="frame_0"; filename="frame_0.jpg"',
    'Content-Type: image/jpeg',
    '',
    '<JPEG, 41 KB>',
    '--framestorm-00000000--',
    '',
  ])
})

test('a frame that is not decoded yet has no size', () => {
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 1, request })
  expect(describeBody(payload, [2])).toBe('{"frame_0":"<base64 JPEG>"}')
})

test('however many frames and however long their names, the text stays short', () => {
  const long = { field: `${'x'.repeat(5000)}{i}`, json: 'object' as const }
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 4096, request: long })
  const text = describeBody(
    payload,
    Array.from({ length: 4096 }, (_, i) => i % 2),
  )
  expect(text.length).toBeLessThan(2500)
  expect(text).toContain('… 4093 more frames …')
  expect(text).toMatch(/4095":"<base64 JPEG, 400 bytes>"}$/)
})

test('a name cannot move the cursor of the terminal', () => {
  const hostile = { field: '\u001B[2J{i}', json: 'object' as const }
  const payload = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest: 1, request: hostile })
  expect(describeBody(payload, [0])).not.toContain('\u001B')
})

test('a gRPC message is shown as protobuf text', () => {
  const message = predictionsMessage({ name: 'm', version: '2' }, trackedKeys)
  const payload = buildPayload(jpegs, { encoding: 'raw', framesPerRequest: 2, request, message })
  expect(describeBody(payload, [0, 2]).split('\n')).toEqual([
    'model_name: "m" model_version: "2"',
    'input { key: "frame_0000_<request id>" value: <JPEG, 41 KB> }',
    'input { key: "frame_0001_00000000000000000000000000000000" value: <JPEG> }',
  ])
})
