import { expect, test } from 'vitest'
import { describeAllowed, isAllowed, parseAllowed } from './allowed-address.js'

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['10.0.0.5', false],
  ['127.0.0.1.example.com', false],
  ['127.evil', false],
  ['0.0.0.0', false],
  ['169.254.169.254', false],
  ['::ffff:10.0.0.5', false],
])('without --allow, %s is allowed: %s', (host, expected) => {
  expect(isAllowed({ host, port: 8080 }, parseAllowed([]))).toBe(expected)
})

test('with --allow, only what is listed is allowed', () => {
  const allowed = parseAllowed(['10.0.0.5:8080', 'Models.example.com:443', '[fd00::5]:8080'])
  expect(describeAllowed(allowed)).toEqual(['10.0.0.5:8080', 'models.example.com:443', '[fd00::5]:8080'])
  const asked = [
    ['10.0.0.5', 8080],
    ['models.EXAMPLE.com', 443],
    ['fd00::5', 8080],
    ['10.0.0.5', 8081],
    ['x.models.example.com', 443],
    ['127.0.0.1', 8080],
  ] as const
  expect(asked.map(([host, port]) => isAllowed({ host, port }, allowed))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

test.each(['10.0.0.5', 'http://10.0.0.5:80', 'host:0', 'host:99999', '*:80', 'a b:80', 'user@host:80'])(
  '%s is no address',
  (text) => {
    expect(() => parseAllowed([text])).toThrow('--allow is not an address')
  },
)
