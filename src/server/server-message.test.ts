import { describe, expect, test } from 'vitest'
import { bodyExcerpt, maskSecrets, serverMessage } from './server-message.js'

const message = (text: string, options?: Parameters<typeof serverMessage>[1]) =>
  serverMessage(Buffer.from(text), options)

test.each([
  [
    '{"code":503,"type":"InternalServerException","message":"Prediction failed"}',
    'InternalServerException: Prediction failed',
  ],
  ['{\n  "code": 503,\n  "type": "A",\n  "message": "it is \\"cut', 'A: it is \\"cut'],
  ['{"error":"model not ready"}', 'model not ready'],
  ['{"error":{"type":"quota","message":"too many"}}', 'quota: too many'],
  ['{"detail":[{"loc":["body"],"msg":"field required"}]}', '[{"loc":["body"],"msg":"field required"}]'],
  ['{"a":1}', '{"a":1}'],
  ['"just text"', '"just text"'],
  ['null', 'null'],
  ['', ''],
  ['   ', ''],
  [
    '<!DOCTYPE html><html><body><h1>413 Request Entity Too Large</h1></body></html>',
    '413 Request Entity Too Large.',
  ],
  ['upstream connect error', 'upstream connect error'],
])('%j says %j', (body, words) => {
  expect(message(body)).toBe(words)
})

test('the message is one bounded line', () => {
  expect(message(`a\u001b[2J\u001b]0;title\u0007\r\nb\u009bc\u2028d`)).toBe('a b c d')
  expect(message('a'.repeat(5000))).toHaveLength(301)
  expect(bodyExcerpt(Buffer.from('b'.repeat(9000)), { limit: 20 })).toBe(`${'b'.repeat(20)}…`)
  expect(bodyExcerpt(Buffer.alloc(0))).toBe('an empty body')
  expect(bodyExcerpt(Buffer.from('{"message":"as it is"}'))).toBe('{"message":"as it is"}')
})

describe('secrets', () => {
  test.each([
    ['Authorization: Bearer abc.def-123', 'Authorization: Bearer ***'],
    ['{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"Basic ***"}'],
    ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig_1-2', 'got ***'],
    ['/predict?token=abcdef123&x=1', '/predict?token=***&x=1'],
    ['"x-api-key": "0123456789abcdef"', '"x-api-key": "***"'],
    ['http://user:pass@host/path', 'http://***@host/path'],
    [
      'Token authorization failed. Token either incorrect, expired',
      'Token authorization failed. Token either incorrect, expired',
    ],
    ['Bearer token missing', 'Bearer token missing'],
  ])('%j', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked)
  })

  test('a known one is masked wherever it is, and its beginning where the body is cut', () => {
    expect(maskSecrets('x=Pa$$word! Pa$$word!', ['Pa$$word!'])).toBe('x=*** ***')
    expect(message('your key was abcdefgh', { secrets: ['abcdefghijkl'], isCut: true })).toBe('your key')
  })
})
