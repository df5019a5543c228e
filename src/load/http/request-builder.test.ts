import { expect, test } from 'vitest'
import { smallPayload } from '../testing/small-payload.test.support.js'
import { requestBuilder } from './request-builder.js'

const endpoint = { protocol: 'http:' as const, host: '127.0.0.1', port: 8080, path: '/predictions/m' }

function built(framesPerRequest: number, clipFrames: number[], token?: string) {
  const fragments: Uint8Array[] = []
  const payload = smallPayload(12, framesPerRequest)
  const bodyBytes = requestBuilder(payload, endpoint, token).build(clipFrames, fragments)
  const text = Buffer.concat(fragments).toString('latin1')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { head, body, bodyBytes, fragments, payload }
}

test('a request of one frame is its head and the frame', () => {
  const { head, body, bodyBytes } = built(1, [11])
  expect(body).toBe('f11 ')
  expect(bodyBytes).toBe(4)
  expect(head.split('\r\n')).toEqual([
    'POST /predictions/m HTTP/1.1',
    'Host: 127.0.0.1:8080',
    'User-Agent: framestorm',
    'Accept: */*',
    'Content-Type: image/jpeg',
    'Content-Length: 4',
  ])
})

test('a request of one frame is the same the second time, when it is kept in one piece', () => {
  const fragments: Uint8Array[] = []
  const builder = requestBuilder(smallPayload(12, 1), endpoint, undefined)
  const build = (frame: number) => [builder.build([frame], fragments), Buffer.concat(fragments).toString()]
  const first = [build(3), build(11)]
  expect([build(3), build(11)]).toEqual(first)
  expect(fragments).toHaveLength(1)
})

test('a batch has each frame between its lead and the trail, a partial one fewer', () => {
  expect(built(3, [4, 5, 6]).body).toBe('<0:f4 ><1:f5 ><2:f6 >.')
  expect(built(3, [4]).body).toBe('<0:f4 >.')
  for (const frames of [[4, 5, 6], [10, 11], [0]]) {
    const { body, bodyBytes, head } = built(3, frames)
    expect(bodyBytes).toBe(body.length)
    expect(head).toContain(`Content-Length: ${body.length}`)
  }
})

test('frames are views of the one payload, never copies', () => {
  const { fragments, payload } = built(3, [4, 5, 6])
  expect(fragments.filter((fragment) => fragment.buffer === payload.bytes)).toHaveLength(3)
})

test('building again replaces the fragments of before', () => {
  const fragments: Uint8Array[] = []
  const builder = requestBuilder(smallPayload(12, 3), endpoint, undefined)
  builder.build([1, 2, 3], fragments)
  const bodyBytes = builder.build([7], fragments)
  expect(Buffer.concat(fragments).toString().split('\r\n\r\n')[1]).toBe('<0:f7 >.')
  expect(bodyBytes).toBe(8)
})

test('a token travels in its header', () => {
  expect(built(1, [0], 'secret').head).toContain('Authorization: Bearer secret')
})
