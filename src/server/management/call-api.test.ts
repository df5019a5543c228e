import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, test } from 'vitest'

import { callApi, callUrl, parseError } from './call-api.js'

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function serverThat(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP server')
  return `http://127.0.0.1:${address.port}`
}

test('a call lies below the path that a proxy put before the API', () => {
  expect(callUrl({ url: 'http://host:8081' }, '/models').href).toBe('http://host:8081/models')
  expect(callUrl({ url: 'https://host/serve/' }, '/models/a%2Fb').href).toBe(
    'https://host/serve/models/a%2Fb',
  )
  expect(
    callUrl({ url: 'http://h' }, '/models', { url: 'm.mar', batch_size: 4, synchronous: true }).search,
  ).toBe('?url=m.mar&batch_size=4&synchronous=true')
})

test('an answer is given as it is, errors of TorchServe’s form included', async () => {
  const url = await serverThat((_, response) => {
    response
      .writeHead(409)
      .end('{"code":409,"type":"ConflictStatusException","message":"registered already"}')
  })
  const answer = await callApi({ name: 'management', url }, '/models', { method: 'POST' })
  expect(answer.status).toBe(409)
  expect(parseError(answer)).toEqual({ type: 'ConflictStatusException', message: 'registered already' })
})

test('an empty or foreign answer still has an error in words', () => {
  expect(parseError({ status: 413, body: '' })).toEqual({ type: 'HTTP 413', message: '""' })
})

test('a server that never answers is an error after a timeout', async () => {
  const url = await serverThat(() => {})
  const calling = callApi({ name: 'management', url }, '/models', { timeoutMs: 50 })
  await expect(calling).rejects.toMatchObject({ exitCode: 3, parts: { received: 'no answer within 0.05 s' } })
})

test('an abort is reported as an abort, not as a server that is down', async () => {
  const abort = new AbortController()
  const url = await serverThat(() => abort.abort(new Error('enough')))
  await expect(callApi({ name: 'inference', url }, '/ping', { signal: abort.signal })).rejects.toThrow(
    'enough',
  )
})

test('a connection that is cut is an error of the environment with the system’s code', async () => {
  const url = await serverThat((request) => request.socket.destroy())
  await expect(callApi({ name: 'inference', url }, '/ping')).rejects.toMatchObject({
    exitCode: 3,
    message: 'the server does not answer',
  })
})
