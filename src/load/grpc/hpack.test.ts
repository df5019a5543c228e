import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HeaderFields } from '../../server/grpc-response.js'
import { decodeHeaders, encodeHeaders } from './hpack.js'

function decode(hex: string) {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  return decodeHeaders(bytes, 0, bytes.length)
}

test('the examples of RFC 7541 with Huffman coding are decoded', () => {
  // C.4.1
  expect(decode('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'www.example.com'],
  ])
  // C.6.1
  expect(
    decode(
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
    ),
  ).toEqual([
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ])
})

test('a literal with a name of its own, one that is never indexed, and a size update of 0', () => {
  // C.2.1, C.2.3 and 6.3
  expect(decode('20 400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572')).toEqual([
    ['custom-key', 'custom-header'],
  ])
  expect(decode('1008 7061 7373 776f 7264 0673 6563 7265 74')).toEqual([['password', 'secret']])
})

test('an entry of a dynamic table, and a block that ends within a field, are refused', () => {
  expect(decode('be')).toBeUndefined()
  expect(decode('7e 0161')).toBeUndefined()
  expect(decode('80')).toBeUndefined()
  expect(decode('400a 6375')).toBeUndefined()
  expect(decode('48')).toBeUndefined()
  expect(decode('7fff ffff ffff ffff ff')).toBeUndefined()
})

test('Huffman texts with the end inside, or with wrong filling, are refused', () => {
  expect(decode('4884 ffff ffff')).toBeUndefined()
  // "0" is 00000; the filling has to be ones.
  expect(decode('4881 00')).toBeUndefined()
  expect(decode('4881 07')).toEqual([[':status', '0']])
})

test('what is encoded is what is decoded', () => {
  const token = fc.stringMatching(/^[a-z0-9:_-]{1,40}$/)
  const value = fc.oneof(fc.stringMatching(/^[\x20-\x7e]{0,40}$/), fc.constant('x'.repeat(5000)))
  fc.assert(
    fc.property(fc.array(fc.tuple(token, value), { maxLength: 8 }), (fields: HeaderFields) => {
      const bytes = encodeHeaders([[':method', 'POST'], ...fields, ['te', 'trailers']])
      expect(decodeHeaders(bytes, 0, bytes.length)).toEqual([
        [':method', 'POST'],
        ...fields,
        ['te', 'trailers'],
      ])
    }),
  )
})

test('any bytes are decoded or refused, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const fields = decodeHeaders(bytes, 0, bytes.length)
      expect(fields === undefined || Array.isArray(fields)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
