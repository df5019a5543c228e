import assert from 'node:assert/strict'
import { z } from 'zod'
import { assertError, errorCase, modelNotFound, noResource, notAllowed } from './assert-error.js'
import { callServer, openClient, type Answer } from './call-server.js'
import type { Case } from './case.js'
import { parseBody } from './json.js'
import { withModel } from './registered-model.js'
import type { Target } from './target.js'

const single = { serverBatchSize: 1, maxBatchDelayMs: 100 }
const image = { 'Content-Type': 'image/jpeg' }
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function predict(target: Target, model: string, contentType: string, body: string | Buffer): Promise<Answer> {
  const headers = { 'Content-Type': contentType }
  return callServer({
    port: target.inferencePort,
    method: 'POST',
    path: `/predictions/${model}`,
    headers,
    body,
  })
}

function formPart(name: string): string {
  const head = `Content-Disposition: form-data; name="${name}"; filename="f"\r\nContent-Type: image/jpeg`
  return `--b\r\n${head}\r\n\r\nabc\r\n`
}

/** The inference API without a load on it. */
export const inferenceCases: Case[] = [
  {
    name: 'ping is JSON with the headers of every frontend answer, and a client’s x-request-id is ignored',
    async check(target) {
      const headers = { 'x-request-id': 'mine' }
      const answer = await callServer({ port: target.inferencePort, path: '/ping', headers })
      assert.equal(answer.status, 200)
      assert.equal(answer.reason, 'OK')
      assert.equal(answer.body, '{\n  "status": "Healthy"\n}\n')
      assert.equal(answer.headers.get('content-type'), 'application/json')
      assert.equal(answer.headers.get('pragma'), 'no-cache')
      assert.equal(answer.headers.get('cache-control'), 'no-cache; no-store, must-revalidate, private')
      assert.equal(answer.headers.get('expires'), 'Thu, 01 Jan 1970 00:00:00 UTC')
      assert.equal(answer.headers.get('connection'), 'keep-alive')
      assert.match(answer.headers.get('x-request-id') ?? '', uuid)
      return undefined
    },
  },
  {
    name: 'a prediction has an empty reason phrase and no content type, by any method, and keeps its connection',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const client = await openClient(target.inferencePort)
        for (const method of ['POST', 'PUT', 'GET']) {
          const answer = await client.call({
            method,
            path: `/predictions/${model}`,
            headers: image,
            body: 'frame',
          })
          assert.equal(answer?.status, 200)
          assert.equal(answer.reason, '')
          assert.equal(answer.headers.has('content-type'), false)
          assert.ok(answer.body.startsWith('{\n  "') && answer.body.endsWith('\n}'), answer.body)
          assert.match(answer.headers.get('x-request-id') ?? '', uuid)
        }
        client.end()
        return undefined
      }),
  },
  {
    name: 'connection: close of a client is ignored',
    async check(target) {
      const headers = { Connection: 'close' }
      const answer = await callServer({ port: target.inferencePort, path: '/ping', headers })
      assert.equal(answer.headers.get('connection'), 'keep-alive')
      return undefined
    },
  },
  {
    name: 'each path to a prediction works',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const paths = [
          `/predictions/${model}/1.0`,
          `/v1/models/${model}:predict`,
          `/v2/models/${model}/infer`,
          `/models/${model}/invoke`,
          `/${model}/predict`,
          `/${model}/1.0/predict`,
          `/invocations?model_name=${model}`,
        ]
        for (const path of paths) {
          const call = { port: target.inferencePort, method: 'POST', path, headers: image, body: 'x' }
          const answer = await callServer(call)
          assert.equal(answer.status, 200, `${path}: ${answer.body}`)
        }
        return `${paths.length} paths`
      }),
  },
  {
    name: 'one answer per frame: an object for a raw frame, a list for JSON and multipart',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const answerTo = async (contentType: string, body: string) =>
          parseBody(z.unknown(), await predict(target, model, contentType, body))
        const raw = await answerTo('image/jpeg', 'abc')
        assert.ok(typeof raw === 'object' && !Array.isArray(raw))
        assert.deepEqual(await answerTo('application/json', '{"a":"YWJj","b":"YWJj"}'), [raw, raw])
        assert.deepEqual(await answerTo('application/json', '["YWJj","YWJj","YWJj"]'), [raw, raw, raw])
        const form = `${formPart('0')}${formPart('1')}--b--\r\n`
        assert.deepEqual(await answerTo('multipart/form-data; boundary=b', form), [raw, raw])
        return undefined
      }),
  },
  {
    name: 'a chunked body, and a body that waits for 100 Continue',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const call = { port: target.inferencePort, method: 'POST', path: `/predictions/${model}` }
        const chunked = { ...image, 'Transfer-Encoding': 'chunked' }
        const answer = await callServer({ ...call, headers: chunked, rawBody: '3\r\nabc\r\n0\r\n\r\n' })
        assert.equal(answer.status, 200)
        const expecting = { ...image, Expect: '100-continue' }
        assert.equal((await callServer({ ...call, headers: expecting, body: 'abc' })).status, 100)
        return undefined
      }),
  },
  {
    name: 'an image under curl’s default content type is an error of the frontend',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x25, 0x25, 0x26, 0x3d])
        assertError(await predict(target, model, 'application/x-www-form-urlencoded', jpeg), {
          status: 500,
          type: 'ErrorDataDecoderException',
          message: /^Bad string: '/,
        })
        return undefined
      }),
  },
  {
    name: 'a body beyond max_request_size is refused by its head with an empty 413, and the connection stays open',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const headers = { ...image, 'Content-Length': '300000000' }
        const path = `/predictions/${model}`
        const answer = await callServer({ port: target.inferencePort, method: 'POST', path, headers })
        assert.equal(answer.status, 413)
        assert.equal(answer.reason, 'Request Entity Too Large')
        assert.deepEqual([...answer.headers], [['content-length', '0']])
        return undefined
      }),
  },
  errorCase(
    'what is no HTTP',
    'inference',
    { method: 'hello', path: 'world\r\n\r\n' },
    {
      status: 400,
      type: 'BadRequestException',
      message: 'Invalid HTTP message.',
    },
  ),
  errorCase(
    'an unknown model',
    'inference',
    { method: 'POST', path: '/predictions/nobody', body: 'x' },
    modelNotFound('Model not found: nobody'),
  ),
  errorCase(
    'OPTIONS on an unknown model',
    'inference',
    { method: 'OPTIONS', path: '/predictions/nobody' },
    modelNotFound('Model not found: nobody'),
  ),
  errorCase('an unknown path of the inference API', 'inference', { path: '/nobody' }, noResource),
  errorCase('GET / of the inference API', 'inference', { path: '/' }, notAllowed),
  errorCase(
    'the open inference protocol, which is off',
    'inference',
    { path: '/v2/health/live' },
    noResource,
  ),
]
