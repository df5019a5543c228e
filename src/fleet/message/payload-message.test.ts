import { expect, test } from 'vitest'
import { smallCallPayload, smallPayload } from '../../load/testing/small-payload.test.support.js'
import { buildPayload } from '../../frames/payload/build-payload.js'
import { inferBinary, inferJson } from '../../frames/payload/infer-payload.js'
import { requestBody, type Payload } from '../../frames/payload/payload.js'
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

function sent(payload: Payload, change: (message: Record<string, any>) => void = () => undefined) {
  const message = JSON.parse(
    Buffer.from(encodeMessage(payloadToMessage(payload, frames(payload)))).toString(),
  )
  change(message)
  return parseMessage(payloadMessage, Buffer.from(JSON.stringify(message)))
}

test.each(payloads)('a payload makes the same requests on the agent: %s', (_, payload) => {
  const parsed = sent(payload)
  if ('refused' in parsed) throw new Error(parsed.refused)
  const received = payloadFromMessage(parsed.message, payload.bytes)
  expect(received).toEqual({ ...payload, leads: received.leads, trails: received.trails, end: received.end })
  for (const indexes of [[0], [2], [1, 2], [2, 0]])
    expect(requestBody(received, indexes)).toEqual(requestBody(payload, indexes))
})

test.each<[string, (message: Record<string, any>) => void]>([
  ['offsets that do not cover the frames', (message) => message['offsets'].pop()],
  ['a frame that is shorter than its framing', (message) => (message['framingBytes'] = 1000)],
  ['leads and trails of different lengths', (message) => message['leads'].pop()],
  ['a number outside of its gap', (message) => (message['numbers'][0].at = 1e6)],
  ['not a header value', (message) => (message['contentType'] = 'a\r\nb: c')],
  ['headers', (message) => (message['headers'] = { 'a\n': 'b' })],
  ['base64', (message) => (message['end'] = 'äöü')],
])('an agent refuses %s', (words, change) => {
  const parsed = sent(smallCallPayload(3, 2), change)
  expect(parsed).toHaveProperty('refused')
  expect('refused' in parsed && parsed.refused).toContain(words)
})

test('offsets that go back are refused', () => {
  const parsed = sent(
    smallPayload(3, 1),
    ({ offsets }) => ([offsets[1], offsets[2]] = [offsets[2], offsets[1]]),
  )
  expect(parsed).toHaveProperty('refused')
})
