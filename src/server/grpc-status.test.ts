import { expect, test } from 'vitest'
import { decodeGrpcMessage, encodeGrpcMessage, grpcStatusName } from './grpc-status.js'

test('any text travels in a grpc-message field, and malformed escapes stay', () => {
  for (const text of ['plain', 'füll: 100%', 'a\nb', '日本', '']) {
    expect(encodeGrpcMessage(text)).toMatch(/^[\x20-\x7e]*$/)
    expect(decodeGrpcMessage(encodeGrpcMessage(text))).toBe(text)
  }
  expect(decodeGrpcMessage('100% of %zz')).toBe('100% of %zz')
})

test('statuses of gRPC have names, those of HTTP none', () => {
  expect([0, 8, 14, 17, 503].map(grpcStatusName)).toEqual([
    'OK',
    'RESOURCE_EXHAUSTED',
    'UNAVAILABLE',
    undefined,
    undefined,
  ])
})
