import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseReader } from './response-reader.js'

const limits = { maxHeadBytes: 2048, maxBodyBytes: 4096 }

interface Seen {
  state: string
  status: number
  body: string
  keepAlive: boolean
  id: string
}

/** What the reader makes of the bytes when they come in pieces that end at `cuts`, then the connection closes. */
function read(bytes: Uint8Array, cuts: number[] = []): Seen {
  const reader = new ResponseReader(true, limits)
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  // Each piece is copied to the same place, as the socket's one read buffer is overwritten by the next read.
  const shared = new Uint8Array(bytes.length)
  let from = 0
  let body = ''
  for (const to of ends) {
    shared.fill(0xff)
    shared.set(bytes.subarray(from, to))
    reader.feed(shared, 0, to - from)
    if (reader.state === 'complete') body = Buffer.from(reader.body ?? []).toString('latin1')
    if (reader.state !== 'incomplete') break
    from = to
  }
  if (reader.state === 'incomplete') {
    reader.end()
    body = Buffer.from(reader.body ?? []).toString('latin1')
  }
  const { status, keepAlive, serverRequestId } = reader.head
  const id = Buffer.from(serverRequestId.buffer).toString('hex')
  if (reader.state !== 'complete')
    return { state: reader.state, status: 0, body: '', keepAlive: false, id: '' }
  return { state: reader.state, status, body, keepAlive, id }
}

const text = (response: string) => Uint8Array.from(Buffer.from(response, 'latin1'))
const readText = (response: string) => read(text(response))

describe('a response', () => {
  test('with content-length ends where it says', () => {
    expect(readText('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')).toMatchObject({
      state: 'complete',
      status: 200,
      body: 'hello',
      keepAlive: true,
    })
  })

  test('of TorchServe has an empty reason phrase and lower-case header names', () => {
    const seen = readText(
      'HTTP/1.1 200 \r\nx-request-id: 01234567-89ab-cdef-0123-456789ABCDEF\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}',
    )
    expect(seen).toMatchObject({ state: 'complete', body: '{}', id: '0123456789abcdef0123456789abcdef' })
    expect(readText('HTTP/1.1 200\r\nCONTENT-LENGTH:2 \r\n\r\n{}').body).toBe('{}')
  })

  test('in chunks is joined, extensions and trailers skipped', () => {
    const seen = readText(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nabcd\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n',
    )
    expect(seen).toMatchObject({ state: 'complete', body: 'abcd0123456789' })
  })

  test('without a length ends when the server closes', () => {
    expect(readText('HTTP/1.1 200 OK\r\n\r\nall of it')).toMatchObject({
      state: 'complete',
      body: 'all of it',
      keepAlive: false,
    })
  })

  test('after 100 and 103 is the answer', () => {
    const seen = readText(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    )
    expect(seen).toMatchObject({ state: 'complete', status: 204, body: '' })
  })

  test('says whether the connection stays', () => {
    expect(readText('HTTP/1.1 503 x\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n').keepAlive).toBe(false)
    expect(readText('HTTP/1.0 200 x\r\ncontent-length: 0\r\n\r\n').keepAlive).toBe(false)
    expect(readText('HTTP/1.0 200 x\r\nConnection: keep-alive\r\ncontent-length: 0\r\n\r\n').keepAlive).toBe(
      true,
    )
  })

  test('that is cut short stays incomplete', () => {
    expect(readText('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel').state).toBe('incomplete')
    expect(readText('HTTP/1.1 200 OK\r\nContent-Le').state).toBe('incomplete')
    expect(readText('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab').state).toBe('incomplete')
  })
})

describe('bad at once is', () => {
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a single wrong byte', 'X'],
    ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: five\r\n\r\n'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n'],
    ['a body over the limit', 'HTTP/1.1 200 OK\r\ncontent-length: 4097\r\n\r\n'],
    ['a head over the limit', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(3000)}`],
    ['an unknown transfer coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ])('%s', (_, response) => {
    expect(readText(response).state).toBe('bad')
  })
})

const caseMixed = (name: string) =>
  fc.constantFrom(
    name,
    name.toUpperCase(),
    name.replace(/^./, (c) => c.toUpperCase()),
  )

const chunked = (body: string, sizes: number[]) => {
  let rest = body
  let result = ''
  for (const size of [...sizes, body.length]) {
    const piece = rest.slice(0, size)
    rest = rest.slice(size)
    if (piece.length > 0) result += `${piece.length.toString(16)}\r\n${piece}\r\n`
  }
  return `${result}0\r\n\r\n`
}

describe('fuzzed', () => {
  const statuses = fc.constantFrom(200, 204, 304, 400, 500, 503)
  const bodies = fc.string({ unit: 'binary-ascii', maxLength: 300 })

  const responses = fc
    .record({
      status: statuses,
      reason: fc.constantFrom(' OK', ' ', ''),
      framing: fc.constantFrom('length', 'chunked', 'close'),
      lengthName: caseMixed('content-length'),
      codingName: caseMixed('transfer-encoding'),
      newline: fc.constantFrom('\r\n', '\n'),
      interim: fc.boolean(),
      body: bodies,
      sizes: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
    })
    .map((r) => {
      const bare = r.status === 204 || r.status === 304
      const field =
        r.framing === 'length'
          ? `${r.lengthName}: ${r.body.length}${r.newline}`
          : r.framing === 'chunked'
            ? `${r.codingName}: chunked${r.newline}`
            : ''
      const body = bare ? '' : r.framing === 'chunked' ? chunked(r.body, r.sizes) : r.body
      const interim = r.interim ? 'HTTP/1.1 100 Continue\r\n\r\n' : ''
      return {
        wire: `${interim}HTTP/1.1 ${r.status}${r.reason}${r.newline}${field}${r.newline}${body}`,
        status: r.status,
        body: bare ? '' : r.body,
      }
    })
  const cuts = fc.array(fc.nat(2000), { maxLength: 12 })

  test('any response, cut anywhere, is read as it was written', () => {
    fc.assert(
      fc.property(responses, cuts, ({ wire, status, body }, places) => {
        expect(read(text(wire), places)).toMatchObject({ state: 'complete', status, body })
      }),
      { numRuns: 1000 },
    )
  })

  test('any bytes, cut anywhere, give what they give as a whole', () => {
    const noise = fc.tuple(fc.constantFrom('', 'HTTP/1.', 'HTTP/1.1 200 '), fc.uint8Array({ maxLength: 200 }))
    const damaged = fc.tuple(responses, fc.nat(), fc.nat(255)).map(([{ wire }, place, byte]) => {
      const bytes = text(wire)
      bytes[place % bytes.length] = byte
      return bytes
    })
    const garbage = noise.map(([start, rest]) => Uint8Array.from([...Buffer.from(start), ...rest]))
    fc.assert(
      fc.property(fc.oneof(damaged, garbage), cuts, (bytes, places) => {
        expect(read(bytes, places)).toEqual(read(bytes))
      }),
      { numRuns: 2000 },
    )
  })
})
