import { expect, test } from 'vitest'
import { smallCallPayload, smallPayload } from '../../load/testing/small-payload.test.support.js'
import { buildPayload } from '../../frames/payload/build-payload.js'
import { inferBinary, inferJson } from '../../frames/payload/infer-payload.js'
import { requestBody, type Payload } from '../../frames/payload/payload.js'
import { withValue } from '../testing/with-value.test.support.js'
import { encodeMessage, parseMessage } from './parse-message.js'
import { payloadFromMessage, payloadMessage, payloadToMessage } from './payload-message.js'

const jpegs = [Buffer.alloc(70_000, 1), Buffer.alloc(3, 2), Buffer.alloc(200, 3)]
const tensor = { name: 'images', shape: [-1, 1] }
const request = { field: 'frame_{i}', json: 'object' } as const
const build = (settings: object) =>
  buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request, ...settings })

const payloads: [string, Payload][] = [
  ['text', smallPayload(3, 2)],
  ['gRPC', smallCallPayload(3, 2)],
  ['JSON', build({})],
  ['multipart', build({ encoding: 'multipart' })],
  ['a tensor in JSON', build({ message: inferJson(tensor) })],
  ['a binary tensor', build({ encoding: 'raw', message: inferBinary(tensor) })],
]

const frames = ({ bytes }: Payload) => ({ sha256: 'b'.repeat(64), bytes: bytes.byteLength })

const message = (payload: Payload) => payloadToMessage(payload, frames(payload))

test.each(payloads)('a payload makes the same requests on the agent: %s', (_, payload) => {
  const parsed = parseMessage(payloadMessage, encodeMessage(message(payload)))
  if ('refused' in parsed) throw new Error(parsed.refused)
  const received = payloadFromMessage(parsed.message, payload.bytes)
  expect(received).toEqual({ ...payload, leads: received.leads, trails: received.trails, end: received.end })
  for (const indexes of [[0], [2], [1, 2], [2, 0]])
    expect(requestBody(received, indexes)).toEqual(requestBody(payload, indexes))
})

test.each([
  ['offsets that do not cover the frames', 'offsets', [0, 1]],
  ['offsets that do not cover the frames', 'offsets', [1, 2]],
  ['a frame that is shorter than its framing', 'framingBytes', 1000],
  ['leads and trails of different lengths', 'leads', ['AA==']],
  ['a number outside of its gap', 'numbers', [{ gap: 0, at: 1e6, form: 'uint32', value: 'count' }]],
  ['not a header value', 'contentType', 'a\r\nb: c'],
  ['headers', 'headers', { 'a\n': 'b' }],
  ['base64', 'end', 'äöü'],
])('an agent refuses %s', (words, path, value) => {
  const parsed = parseMessage(payloadMessage, withValue(message(smallCallPayload(3, 2)), path, value))
  expect('refused' in parsed && parsed.refused).toContain(words)
})

test('offsets that go back are refused', () => {
  const [first, second, third, last] = smallPayload(3, 1).offsets
  const parsed = parseMessage(
    payloadMessage,
    withValue(message(smallPayload(3, 1)), 'offsets', [first, third, second, last]),
  )
  expect(parsed).toHaveProperty('refused')
})
