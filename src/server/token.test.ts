import { createServer } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { callApi } from './management/call-api.js'
import { readToken } from './token.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a token is taken without the newline that a secret file ends in', () => {
  expect(readToken({ tokenEnv: 'TS_KEY' }, 'inference', { TS_KEY: ' abc\n' })).toBe('abc')
  expect(readToken({}, 'inference', { TS_KEY: 'abc' })).toBeUndefined()
})

test('a variable that is not set is named', () => {
  for (const environment of [{}, { TS_KEY: '' }, { TS_KEY: '\n' }]) {
    expect(() => readToken({ tokenEnv: 'TS_KEY' }, 'inference', environment)).toThrow(
      'the environment variable TS_KEY is not set',
    )
  }
})

test('a token with a control character is refused with its variable named and itself not shown', () => {
  const refuse = (token: string) => () => readToken({ tokenEnv: 'TS_KEY' }, 'inference', { TS_KEY: token })
  expect(refuse('s3cret\r\nHost: b')).toThrow(
    expect.objectContaining({
      exitCode: 3,
      message: 'the token in TS_KEY has a character that is not valid in a header',
      parts: expect.objectContaining({ received: 'U+000D at character 7 of 15' }),
    }),
  )
  expect(refuse('two words')).toThrow('TS_KEY')
})

test('a management call sends the token without its trailing newline', async () => {
  vi.stubEnv('TS_KEY', 's3cret\n')
  let seen: string | undefined
  const server = createServer((request, response) => {
    seen = request.headers.authorization
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await callApi({ name: 'management', url: `http://127.0.0.1:${port}`, tokenEnv: 'TS_KEY' }, '/models')
  server.close()
  expect(seen).toBe('Bearer s3cret')
})
