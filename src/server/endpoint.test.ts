import { expect, test } from 'vitest'

import { parseEndpoint } from './endpoint.js'

test.each([
  ['http://host:8080', { tls: false, host: 'host', port: 8080, path: '/predictions/m' }],
  ['http://host', { tls: false, host: 'host', port: 80, path: '/predictions/m' }],
  ['https://host/', { tls: true, host: 'host', port: 443, path: '/predictions/m' }],
  ['https://host/serve/', { tls: true, host: 'host', port: 443, path: '/serve/predictions/m' }],
  ['http://[::1]:8080', { tls: false, host: '::1', port: 8080, path: '/predictions/m' }],
])('%s', (inferenceUrl, endpoint) => {
  expect(parseEndpoint({ api: 'torchserve', inferenceUrl }, { name: 'm' })).toEqual({
    protocol: 'http',
    api: 'torchserve',
    ...endpoint,
  })
})

test('a model name is escaped, a token is named and never read', () => {
  expect(
    parseEndpoint({ api: 'torchserve', inferenceUrl: 'http://h', tokenEnv: 'TOKEN' }, { name: 'a/b c' }),
  ).toMatchObject({
    path: '/predictions/a%2Fb%20c',
    tokenEnv: 'TOKEN',
  })
})
