import { expect, test } from 'vitest'

import { parseEndpoint } from './endpoint.js'

test.each([
  ['http://host:8080', { protocol: 'http:', host: 'host', port: 8080, path: '/predictions/m' }],
  ['http://host', { protocol: 'http:', host: 'host', port: 80, path: '/predictions/m' }],
  ['https://host/', { protocol: 'https:', host: 'host', port: 443, path: '/predictions/m' }],
  ['https://host/serve/', { protocol: 'https:', host: 'host', port: 443, path: '/serve/predictions/m' }],
  ['http://[::1]:8080', { protocol: 'http:', host: '::1', port: 8080, path: '/predictions/m' }],
])('%s', (inferenceUrl, endpoint) => {
  expect(parseEndpoint({ inferenceUrl }, { name: 'm' })).toEqual(endpoint)
})

test('a model name is escaped, a token is named and never read', () => {
  expect(parseEndpoint({ inferenceUrl: 'http://h', tokenEnv: 'TOKEN' }, { name: 'a/b c' })).toMatchObject({
    path: '/predictions/a%2Fb%20c',
    tokenEnv: 'TOKEN',
  })
})
