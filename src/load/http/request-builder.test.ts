import { expect, test } from 'vitest'
import { smallPayload } from '../testing/small-payload.test.support.js'
import { requestBuilder } from './request-builder.js'

const endpoint = { host: '127.0.0.1', port: 8080, path: '/predictions/m' }

function built(framesPerRequest: number, clipFrames: number[], token?: string) {
  const fragments: Uint8Array[] = []
  const payload = smallPayload(12, framesPerRequest)
  const bodyBytes = requestBuilder(
    payload,
    endpoint,
    token === undefined ? {} : { Authorization: `Bearer ${token}` },
  ).build({ clipFrames, client: 0 }, fragments)
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
  const builder = requestBuilder(smallPayload(12, 1), endpoint, {})
  const build = (frame: number) => [
    builder.build({ clipFrames: [frame], client: 0 }, fragments),
    Buffer.concat(fragments).toString(),
  ]
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
  const builder = requestBuilder(smallPayload(12, 3), endpoint, {})
  builder.build({ clipFrames: [1, 2, 3], client: 0 }, fragments)
  const bodyBytes = builder.build({ clipFrames: [7], client: 0 }, fragments)
  expect(Buffer.concat(fragments).toString().split('\r\n\r\n')[1]).toBe('<0:f7 >.')
  expect(bodyBytes).toBe(8)
})

test('a token travels in its header', () => {
  expect(built(1, [0], 'secret').head).toContain('Authorization: Bearer secret')
})

/** `[camera,count|` frame `:camera]` … `count` for each frame; the marks stand for the variables. */
function markedPayload(framesPerRequest: number) {
  const places = Array.from({ length: framesPerRequest }, () => 0)
  return {
    ...smallPayload(12, framesPerRequest),
    leads: places.map(() => Buffer.from([0x5b, 0xff, 0x2c, 0xfe, 0x7c])),
    trails: places.map(() => Buffer.from([0x3a, 0xff, 0x5d])),
    end: Buffer.from([0xfe, 0xff]),
    variables: ['count', 'camera'] as const,
  }
}

test('the number of frames and the cameras are those of each request', () => {
  const builder = requestBuilder(markedPayload(2), endpoint, {})
  const body = (request: Parameters<typeof builder.build>[0]) => {
    const fragments: Uint8Array[] = []
    const bodyBytes = builder.build(request, fragments)
    const text = Buffer.concat(fragments).toString().split('\r\n\r\n')[1]
    expect(bodyBytes).toBe(text?.length)
    return text
  }
  const frames = [{ camera: 17 }, { camera: 3 }]
  expect(body({ clipFrames: [4, 5], client: 9, frames })).toBe('[17,2|f4 :17][3,2|f5 :3]217')
  // A partial batch, and a closed load, in which the request loop takes the place of a camera.
  expect(body({ clipFrames: [6], client: 9, frames: [{ camera: 3 }] })).toBe('[3,1|f6 :3]13')
  expect(body({ clipFrames: [4, 5], client: 9 })).toBe('[9,2|f4 :9][9,2|f5 :9]29')
})

test('requests of one frame that name their camera are not kept from another camera', () => {
  const builder = requestBuilder(markedPayload(1), endpoint, {})
  const bodies = [7, 8].map((camera) => {
    const fragments: Uint8Array[] = []
    builder.build({ clipFrames: [4], client: 0, frames: [{ camera }] }, fragments)
    return Buffer.concat(fragments).toString().split('\r\n\r\n')[1]
  })
  expect(bodies).toEqual(['[7,1|f4 :7]17', '[8,1|f4 :8]18'])
})
