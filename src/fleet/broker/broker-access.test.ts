import { expect, test } from 'vitest'
import { readBrokerAccess } from './broker-access.js'

test.each([
  ['nats://broker', 'nats://broker:4222'],
  ['tls://broker.example.com:4443', 'tls://broker.example.com:4443'],
  ['nats://[fd00::5]:4222/', 'nats://[fd00::5]:4222'],
])('%s', (text, url) => {
  expect(readBrokerAccess('--nats', text, {}).url).toBe(url)
})

test.each(['', 'broker:4222', 'http://broker:4222', 'nats://', 'nats://broker/path', 'nats://broker?x'])(
  '%j is no address of a broker',
  (text) => {
    expect(() => readBrokerAccess('--nats', text, {})).toThrow('--nats is not the address of a broker')
  },
)

test.each(['nats://token@broker', 'nats://user:secret@broker:4222'])(
  'credentials in an address are refused, and not repeated',
  (text) => {
    const error = (() => {
      try {
        return readBrokerAccess('--nats', text, {})
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({
      exitCode: 2,
      parts: { remedy: expect.stringContaining('NATS_TOKEN') as string },
    })
    expect(JSON.stringify(error)).not.toMatch(/token@|secret/)
  },
)

test.each<[string, NodeJS.ProcessEnv]>([
  ['NATS_TOKEN and NATS_NKEY are both set', { NATS_TOKEN: 'a', NATS_NKEY: `SU${'A'.repeat(56)}` }],
  ['NATS_NKEY is not the seed of a user', { NATS_NKEY: 'UABC' }],
  ['the file in NATS_CA_FILE cannot be read', { NATS_CA_FILE: '/does/not/exist' }],
  ['the file in NATS_KEY_FILE cannot be read', { NATS_KEY_FILE: '/does/not/exist' }],
])('%s', (message, environment) => {
  expect(() => readBrokerAccess('--nats', 'nats://broker', environment)).toThrow(message)
})
