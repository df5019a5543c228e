import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { inferServices } from '../../src/frames/message/model-infer.js'
import { predictions, torchServePing } from '../../src/frames/message/predictions.js'
import { callServer } from './call-server.js'
import type { Case } from './case.js'
import { callGrpc, openGrpcClient, predictionCall, type GrpcAnswer, type GrpcCall } from './grpc-client.js'
import { withModel } from './registered-model.js'
import type { Target } from './target.js'

const single = { serverBatchSize: 1, maxBatchDelayMs: 100 }
const cancel = 8

interface ExpectedGrpcError {
  status: number
  message: string | RegExp
}

/** An error of gRPC comes in the head, and the stream ends with it. */
export function assertGrpcError(
  answer: GrpcAnswer | undefined,
  { status, message }: ExpectedGrpcError,
): void {
  assert.ok(answer !== undefined, 'no answer')
  assert.equal(answer.status, status, answer.message)
  if (typeof message === 'string') assert.equal(answer.message, message)
  else assert.match(answer.message, message)
  assert.equal(answer.head[':status'], 200)
  assert.equal(answer.head['content-type'], 'application/grpc')
  assert.deepEqual(Object.keys(answer.trailers), [])
}

const exception = 'org.pytorch.serve.archive.model.'

function grpcErrorCase(name: string, call: GrpcCall, expected: ExpectedGrpcError): Case {
  return {
    name: `gRPC: ${name}`,
    async check({ grpcPort }) {
      assertGrpcError(await callGrpc(grpcPort, call), expected)
      return `status ${expected.status}`
    },
  }
}

/** A call that gets no status: its stream is cancelled. */
function cancelledCase(name: string, body: Buffer): Case {
  return {
    name: `gRPC: ${name}: the stream is cancelled, without a status`,
    async check({ grpcPort }) {
      const { status, resetCode } = await callGrpc(grpcPort, { path: predictions.path, body })
      assert.deepEqual({ status, resetCode }, { status: undefined, resetCode: cancel })
      return undefined
    },
  }
}

async function post(target: Target, model: string, contentType: string, body: string): Promise<string> {
  const { inferencePort: port } = target
  const headers = { 'Content-Type': contentType }
  const answer = await callServer({ port, method: 'POST', path: `/predictions/${model}`, headers, body })
  assert.equal(answer.status, 200, answer.body)
  return answer.body
}

function prediction(answer: GrpcAnswer): string {
  assert.equal(answer.status, 0, answer.message)
  return Buffer.from(predictions.decodeResponse(answer.body)).toString()
}

const part = (name: string, body: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\nContent-Type: image/jpeg\r\n\r\n${body}\r\n`

const call = predictionCall('nobody', { body: 'abc' })

/** TorchServe's gRPC inference API without a load on it. */
export const grpcCases: Case[] = [
  {
    name: 'gRPC: ping answers with the JSON of /ping',
    async check({ grpcPort }) {
      const answer = await callGrpc(grpcPort, {
        path: torchServePing.path,
        body: withGrpcPrefix(new Uint8Array(0)),
      })
      assert.equal(torchServePing.decodeResponse(answer.body), '{\n  "status": "Healthy"\n}')
      return undefined
    },
  },
  {
    name: 'gRPC: the answers are those of HTTP: a raw body under `body`, a list for other keys; with the status in trailers',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const { grpcPort } = target
        const answer = await callGrpc(grpcPort, predictionCall(model, { body: 'abc' }))
        assert.equal(prediction(answer), await post(target, model, 'image/jpeg', 'abc'))
        const { 'content-type': type, 'grpc-encoding': encoding, 'x-request-id': id } = answer.head
        assert.deepEqual([type, encoding, id], ['application/grpc', 'identity', undefined])
        assert.equal(answer.trailers['grpc-status'], '0')
        const two = await callGrpc(grpcPort, predictionCall(model, { b: 'abc', a: 'def' }, '1.0'))
        const form = `${part('b', 'abc')}${part('a', 'def')}--b--\r\n`
        assert.equal(prediction(two), await post(target, model, 'multipart/form-data; boundary=b', form))
        return undefined
      }),
  },
  {
    name: 'gRPC: the settings of a connection: windows of 1 MiB, headers of 8 KB',
    async check({ grpcPort }) {
      const client = await openGrpcClient(grpcPort)
      await client.call({ path: torchServePing.path, body: withGrpcPrefix(new Uint8Array(0)) })
      const { initialWindowSize, maxHeaderListSize } = client.settings()
      client.end()
      assert.deepEqual([initialWindowSize, maxHeaderListSize], [1_048_576, 8192])
      return undefined
    },
  },
  grpcErrorCase('an unknown model', call, {
    status: 13,
    message: `Model not found: nobody\n${exception}ModelNotFoundException`,
  }),
  grpcErrorCase('no model', predictionCall('', { body: 'abc' }), {
    status: 13,
    message: 'Parameter model_name is required.\nBadRequestException.()',
  }),
  {
    name: 'gRPC: an unknown version',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        assertGrpcError(await callGrpc(target.grpcPort, predictionCall(model, { body: 'abc' }, '9')), {
          status: 13,
          message: `Model version: 9 does not exist for model: ${model}\n${exception}ModelVersionNotFoundException`,
        })
        return undefined
      }),
  },
  grpcErrorCase(
    'an unknown method',
    { ...call, path: '/a.B/C' },
    { status: 12, message: 'Method not found: a.B/C' },
  ),
  grpcErrorCase(
    'the open inference protocol, which is off',
    { ...call, path: inferServices.torchserve.serverLive.path },
    { status: 12, message: /^Method not found: / },
  ),
  grpcErrorCase(
    'no message',
    { ...call, body: Buffer.alloc(0) },
    { status: 13, message: 'Half-closed without a request' },
  ),
  grpcErrorCase(
    'two messages',
    { ...call, body: Buffer.concat([call.body, call.body]) },
    { status: 13, message: 'Too many requests' },
  ),
  grpcErrorCase(
    'bytes that are no protobuf',
    { ...call, body: withGrpcPrefix(Buffer.alloc(11, 255)) },
    { status: 2, message: '' },
  ),
  grpcErrorCase(
    'an unknown compression',
    { ...call, headers: { 'grpc-encoding': 'snappy' } },
    { status: 12, message: "Can't find decompressor for snappy" },
  ),
  cancelledCase('a message beyond max_request_size', Buffer.from([0, 0x7f, 0, 0, 0])),
  cancelledCase('half a message', call.body.subarray(0, 12)),
  cancelledCase(
    'a compressed message without its method',
    Buffer.concat([Buffer.from([1]), call.body.subarray(1)]),
  ),
  {
    name: 'gRPC: a content type or a method that is not of gRPC is an error of HTTP',
    async check({ grpcPort }) {
      const ask = async (headers: Record<string, string>) =>
        (await callGrpc(grpcPort, { ...call, headers })).head
      const json = await ask({ 'content-type': 'application/json' })
      assert.deepEqual([json[':status'], json['grpc-status']], [415, '13'])
      const get = await ask({ ':method': 'GET' })
      assert.deepEqual([get[':status'], get['grpc-status']], [405, '13'])
      return undefined
    },
  },
  {
    name: 'gRPC: at the end of its grpc-timeout the server cancels the stream, and the job still runs',
    check: (target) =>
      withModel(target, 'long', single, async (model) => {
        const headers = { 'grpc-timeout': '100m' }
        const first = await callGrpc(target.grpcPort, { ...predictionCall(model, { body: 'abc' }), headers })
        assert.deepEqual([first.status, first.resetCode], [undefined, cancel])
        const second = await callGrpc(target.grpcPort, predictionCall(model, { body: 'abc' }))
        assert.equal(second.status, 0)
        const waitedMs = (second.answeredUs - second.sentUs) / 1000
        assert.ok(waitedMs > 400, `answered after ${waitedMs} ms: it did not wait for the cancelled job`)
        return `waited ${waitedMs.toFixed(0)} ms for it`
      }),
  },
  {
    name: 'gRPC: calls count as requests, but have no latencies in the metrics',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        prediction(await callGrpc(target.grpcPort, predictionCall(model, { body: 'abc' })))
        await sleep(50)
        const { body } = await callServer({ port: target.metricsPort, path: '/metrics' })
        const ofModel = body.split('\n').filter((line) => line.includes(`model_name="${model}"`))
        assert.equal(ofModel.length, 1, ofModel.join('\n'))
        assert.match(ofModel[0]!, /^ts_inference_requests_total\{.*model_version="default".*\} 1(?:\.0)?$/)
        return undefined
      }),
  },
]
