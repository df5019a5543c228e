import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.js'

test('data that is the same has the same text, in whatever order its fields were written', () => {
  expect(canonicalJson({ b: [1, { d: 2, c: 3 }], a: null })).toBe('{"a":null,"b":[1,{"c":3,"d":2}]}')
  expect(canonicalJson({ a: null, b: [1, { c: 3, d: 2 }] })).toBe('{"a":null,"b":[1,{"c":3,"d":2}]}')
})

test('a field that is absent and one that is undefined are the same', () => {
  expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }))
})

test('lists keep their order', () => {
  expect(canonicalJson([2, 1])).toBe('[2,1]')
})
