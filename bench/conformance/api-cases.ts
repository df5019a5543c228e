import assert from 'node:assert/strict'
import type { Case } from './case.js'
import { callServer, openClient } from './call-server.js'
import type { Answer, Call } from './call-server.js'
import { withModel } from './registered-model.js'
import { archiveFile } from './sleeping-models.js'
import type { Target } from './target.js'

const single = { batchSize: 1, maxBatchDelayMs: 100 }
const image = { 'Content-Type': 'image/jpeg' }
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

interface Expected {
  status: number
  type?: string
  message?: string | RegExp
}

/** Status, body and headers of an error, and the end of its connection. */
function assertError(answer: Answer, { status, type, message }: Expected): void {
  assert.equal(answer.status, status, answer.body)
  assert.equal(answer.headers.get('content-type'), 'application/json')
  const body: unknown = JSON.parse(answer.body)
  assert.ok(typeof body === 'object' && body !== null)
  assert.deepEqual(Object.keys(body), ['code', 'type', 'message'])
  assert.ok('code' in body && 'type' in body && 'message' in body)
  assert.equal(body.code, status)
  if (type !== undefined) assert.equal(body.type, type)
  if (typeof message === 'string') assert.equal(body.message, message)
  else if (message !== undefined) assert.match(String(body.message), message)
  assert.equal(answer.headers.get('connection'), 'close')
  assert.ok(answer.closed, 'the connection stayed open')
}

type Api = 'inference' | 'management' | 'metrics'

function portOf(target: Target, api: Api): number {
  return { inference: target.inferencePort, management: target.managementPort, metrics: target.metricsPort }[
    api
  ]
}

function errorCase(name: string, api: Api, call: Omit<Call, 'port'>, expected: Expected): Case {
  return {
    name,
    async check(target) {
      assertError(await callServer({ port: portOf(target, api), ...call }), expected)
      return `${expected.status} ${expected.type ?? ''}`
    },
  }
}

const notFound = {
  status: 404,
  type: 'ResourceNotFoundException',
  message: 'Requested resource is not found, please refer to API document.',
}
const notAllowed = {
  status: 405,
  type: 'MethodNotAllowedException',
  message: 'Requested method is not allowed, please refer to API document.',
}

async function status(target: Target, method: string, path: string): Promise<Answer> {
  return callServer({ port: target.managementPort, method, path })
}

/** The answers of the inference, management and metrics API to everything but a load. */
export const apiCases: Case[] = [
  {
    name: 'ping is healthy JSON with the headers of every frontend answer',
    async check(target) {
      const answer = await callServer({
        port: target.inferencePort,
        path: '/ping',
        headers: { 'x-request-id': 'mine' },
      })
      assert.equal(answer.status, 200)
      assert.equal(answer.reason, 'OK')
      assert.equal(answer.body, '{\n  "status": "Healthy"\n}\n')
      assert.equal(answer.headers.get('content-type'), 'application/json')
      assert.equal(answer.headers.get('pragma'), 'no-cache')
      assert.equal(answer.headers.get('cache-control'), 'no-cache; no-store, must-revalidate, private')
      assert.equal(answer.headers.get('expires'), 'Thu, 01 Jan 1970 00:00:00 UTC')
      assert.equal(answer.headers.get('connection'), 'keep-alive')
      assert.match(answer.headers.get('x-request-id') ?? '', uuid, 'the own x-request-id was taken')
      return undefined
    },
  },
  {
    name: 'a prediction has an empty reason phrase and no content type, and keeps its connection',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const client = await openClient(target.inferencePort)
        const path = `/predictions/${model}`
        for (const method of ['POST', 'PUT', 'POST']) {
          const answer = await client.call({ method, path, headers: image, body: 'frame' })
          assert.equal(answer?.status, 200)
          assert.equal(answer.reason, '')
          assert.equal(answer.headers.has('content-type'), false)
          assert.ok(answer.body.startsWith('{\n  "') && answer.body.endsWith('\n}'), answer.body)
          assert.match(answer.headers.get('x-request-id') ?? '', uuid)
        }
        client.end()
        return 'method ignored'
      }),
  },
  {
    name: 'a client that asks for the end of the connection is not heard',
    async check(target) {
      const headers = { Connection: 'close' }
      const answer = await callServer({ port: target.inferencePort, path: '/ping', headers })
      assert.equal(answer.headers.get('connection'), 'keep-alive')
      return undefined
    },
  },
  {
    name: 'each way to a prediction is one',
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
          const answer = await callServer({
            port: target.inferencePort,
            method: 'POST',
            path,
            headers: image,
            body: 'x',
          })
          assert.equal(answer.status, 200, `${path}: ${answer.body}`)
        }
        return `${paths.length} paths`
      }),
  },
  {
    name: 'as many answers as frames: one object for a raw frame, a list for JSON and multipart',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const call = (contentType: string, body: string) =>
          callServer({
            port: target.inferencePort,
            method: 'POST',
            path: `/predictions/${model}`,
            headers: { 'Content-Type': contentType },
            body,
          })
        const raw: unknown = JSON.parse((await call('image/jpeg', 'abc')).body)
        assert.ok(typeof raw === 'object' && !Array.isArray(raw))
        const object: unknown = JSON.parse((await call('application/json', '{"a":"YWJj","b":"YWJj"}')).body)
        const list: unknown = JSON.parse((await call('application/json', '["YWJj","YWJj","YWJj"]')).body)
        const part = (name: string) =>
          `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n`
        const form = `${part('0')}${part('1')}--b--\r\n`
        const multipart: unknown = JSON.parse((await call('multipart/form-data; boundary=b', form)).body)
        assert.deepEqual(object, [raw, raw])
        assert.deepEqual(list, [raw, raw, raw])
        assert.deepEqual(multipart, [raw, raw])
        return undefined
      }),
  },
  {
    name: 'an image under curl’s default content type is an error of the frontend',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const answer = await callServer({
          port: target.inferencePort,
          method: 'POST',
          path: `/predictions/${model}`,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x25, 0x25, 0x26, 0x3d]),
        })
        assertError(answer, { status: 500, type: 'ErrorDataDecoderException', message: /^Bad string: '/ })
        return undefined
      }),
  },
  errorCase(
    'an unknown model',
    'inference',
    { method: 'POST', path: '/predictions/nobody', body: 'x' },
    {
      status: 404,
      type: 'ModelNotFoundException',
      message: 'Model not found: nobody',
    },
  ),
  errorCase('an unknown path of the inference API', 'inference', { path: '/nobody' }, notFound),
  errorCase('GET / of the inference API', 'inference', { path: '/' }, notAllowed),
  errorCase('the open inference protocol, which is off', 'inference', { path: '/v2/health/live' }, notFound),
  errorCase('an unknown path of the management API', 'management', { path: '/nobody' }, notFound),
  errorCase(
    'an unknown method of the management API',
    'management',
    { method: 'PATCH', path: '/models' },
    notAllowed,
  ),
  errorCase('an unknown path of the metrics API', 'metrics', { path: '/nobody' }, notFound),
  errorCase(
    'registering nothing',
    'management',
    { method: 'POST', path: '/models' },
    {
      status: 400,
      type: 'BadRequestException',
      message: 'Parameter url is required.',
    },
  ),
  errorCase(
    'registering an archive that is not there',
    'management',
    { method: 'POST', path: '/models?url=nobody.mar' },
    {
      status: 404,
      type: 'ModelNotFoundException',
      message: 'Model not found at: nobody.mar',
    },
  ),
  errorCase(
    'registering outside of the store',
    'management',
    { method: 'POST', path: '/models?url=../a.mar' },
    {
      status: 404,
      type: 'ModelNotFoundException',
      message: 'Relative path is not allowed in url: ../a.mar',
    },
  ),
  errorCase(
    'describing an unknown model',
    'management',
    { path: '/models/nobody' },
    {
      status: 404,
      type: 'ModelNotFoundException',
      message: 'Model not found: nobody',
    },
  ),
  errorCase(
    'unregistering an unknown model',
    'management',
    { method: 'DELETE', path: '/models/nobody' },
    {
      status: 404,
      type: 'ModelNotFoundException',
      message: 'Model not found: nobody',
    },
  ),
  errorCase(
    'renewing a token where tokens are off',
    'management',
    { path: '/token?type=inference' },
    notFound,
  ),
  {
    name: 'what is no HTTP',
    async check(target) {
      const answer = await callServer({ port: target.inferencePort, method: 'hello', path: 'world\r\n\r\n' })
      assertError(answer, { status: 400, type: 'BadRequestException', message: 'Invalid HTTP message.' })
      return undefined
    },
  },
  {
    name: 'a body beyond max_request_size is refused at its head, without a word, and the connection kept',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const headers = { ...image, 'Content-Length': '300000000' }
        const path = `/predictions/${model}`
        const answer = await callServer({ port: target.inferencePort, method: 'POST', path, headers })
        assert.equal(answer.status, 413)
        assert.equal(answer.reason, 'Request Entity Too Large')
        assert.deepEqual([...answer.headers], [['content-length', '0']])
        assert.equal(answer.body, '')
        return undefined
      }),
  },
  {
    name: 'a chunked body, and one that waits for 100 Continue',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const call = { port: target.inferencePort, method: 'POST', path: `/predictions/${model}` }
        const chunked = await openClient(target.inferencePort)
        const answer = await chunked.call({
          ...call,
          headers: { ...image, 'Transfer-Encoding': 'chunked' },
          rawBody: '3\r\nabc\r\n0\r\n\r\n',
        })
        chunked.end()
        assert.equal(answer?.status, 200)
        const expecting = await callServer({
          ...call,
          headers: { ...image, Expect: '100-continue' },
          body: 'abc',
        })
        assert.equal(expecting.status, 100)
        return undefined
      }),
  },
  {
    name: 'describe has TorchServe’s keys in their order, and each worker its own',
    check: (target) =>
      withModel(target, 'brief', { batchSize: 3, maxBatchDelayMs: 70, workers: 2 }, async (model) => {
        const answer = await status(target, 'GET', `/models/${model}`)
        const [description] = JSON.parse(answer.body) as [Record<string, unknown>]
        assert.deepEqual(Object.keys(description), describeKeys)
        assert.equal(description['batchSize'], 3)
        assert.equal(description['maxBatchDelay'], 70)
        assert.equal(description['modelUrl'], archiveFile('brief'))
        assert.deepEqual(description['jobQueueStatus'], { remainingCapacity: 100, pendingRequests: 0 })
        const workers = description['workers'] as Record<string, unknown>[]
        const workerKeys = ['id', 'startTime', 'status', 'memoryUsage', 'pid', 'gpu', 'gpuUsage']
        for (const worker of workers) assert.deepEqual(Object.keys(worker), workerKeys)
        assert.deepEqual(
          workers.map((worker) => worker['status']),
          ['READY', 'READY'],
        )
        return `${describeKeys.length} keys`
      }),
  },
  {
    name: 'a customised describe passes the model’s queue and says so with an empty reason phrase',
    check: (target) =>
      withModel(target, 'brief', single, async (model) => {
        const answer = await status(target, 'GET', `/models/${model}?customized=true`)
        assert.equal(answer.status, 200)
        assert.equal(answer.reason, '')
        const [description] = JSON.parse(answer.body) as [Record<string, unknown>]
        assert.deepEqual(description['customizedMetadata'], {})
        return undefined
      }),
  },
  {
    name: 'a registration in JSON without a delay means −10000',
    async check(target) {
      const body = JSON.stringify({
        url: archiveFile('brief'),
        model_name: 'by-json',
        batch_size: 3,
        initial_workers: 0,
      })
      const headers = { 'Content-Type': 'application/json' }
      await callServer({ port: target.managementPort, method: 'POST', path: '/models', headers, body })
      const [description] = JSON.parse((await status(target, 'GET', '/models/by-json')).body) as [
        Record<string, unknown>,
      ]
      await status(target, 'DELETE', '/models/by-json')
      assert.equal(description['batchSize'], 3)
      assert.equal(description['maxBatchDelay'], -10_000)
      return undefined
    },
  },
  {
    name: 'the life of a model: registered once, scaled, a second version, the default one last to go',
    async check(target) {
      const register = (url: string, more = '') =>
        status(target, 'POST', `/models?url=${url}&model_name=life&initial_workers=1&synchronous=true${more}`)
      const said = async (answer: Answer) => {
        assert.equal(answer.headers.get('connection'), 'keep-alive', answer.body)
        return (JSON.parse(answer.body) as { status: string }).status
      }
      const first = await register(archiveFile('brief'))
      assert.equal(await said(first), 'Model "life" Version: 1.0 registered with 1 initial workers')
      const again = 'Model version 1.0 is already registered for model life'
      const conflict = { status: 409, type: 'ConflictStatusException', message: again }
      assertError(await register(archiveFile('brief')), conflict)

      const two = await status(target, 'PUT', '/models/life?min_worker=2&synchronous=true')
      assert.equal(await said(two), 'Workers scaled to 2 for model: life')
      const later = await status(target, 'PUT', '/models/life?min_worker=1')
      assert.equal(later.status, 202)
      assert.equal(await said(later), 'Processing worker updates...')
      const versioned = await status(target, 'PUT', '/models/life/1.0?min_worker=1&synchronous=true')
      assert.equal(await said(versioned), 'Workers scaled to 1 for model: life, version: 1.0')
      assertError(await status(target, 'PUT', '/models/life?min_worker=2&max_worker=1'), {
        status: 400,
        type: 'BadRequestException',
        message: 'max_worker cannot be less than min_worker.',
      })

      await register(archiveFile('secondVersion'))
      const all = JSON.parse((await status(target, 'GET', '/models/life/all')).body) as {
        modelVersion: string
      }[]
      assert.deepEqual(new Set(all.map(({ modelVersion }) => modelVersion)), new Set(['1.0', '2.0']))
      const unknown = { status: 404, type: 'ModelVersionNotFoundException' }
      const text = 'Model version: 9 does not exist for model: life'
      assertError(await status(target, 'GET', '/models/life/9'), { ...unknown, message: text })
      const noDefault = 'Model version 9 does not exist for model life'
      assertError(await status(target, 'PUT', '/models/life/9/set-default'), {
        ...unknown,
        message: noDefault,
      })
      const last = 'Cannot remove default version for model life'
      const refused = { status: 403, type: 'InvalidModelVersionException', message: last }
      assertError(await status(target, 'DELETE', '/models/life/1.0'), refused)
      const promoted = await status(target, 'PUT', '/models/life/2.0/set-default')
      assert.equal(await said(promoted), 'Default version successfully updated for model "life" to "2.0"')
      for (const path of ['/models/life/1.0', '/models/life']) {
        assert.equal(await said(await status(target, 'DELETE', path)), 'Model "life" unregistered')
      }
      return undefined
    },
  },
  {
    name: 'a model without workers is described, not ready, and refuses',
    async check(target) {
      const answer = await status(
        target,
        'POST',
        `/models?url=${archiveFile('brief')}&model_name=idle&initial_workers=0`,
      )
      assert.equal(answer.status, 200)
      assert.match(
        answer.body,
        /registered with 0 initial workers\. Use scale workers API to add workers for the model\./,
      )
      assert.equal(
        (await status(target, 'GET', '/v1/models/idle')).body,
        '{\n  "name": "idle",\n  "ready": false\n}\n',
      )
      const refused = await callServer({
        port: target.inferencePort,
        method: 'POST',
        path: '/predictions/idle',
        body: 'x',
      })
      assertError(refused, { status: 503, type: 'ServiceUnavailableException', message: noWorker('idle') })
      await status(target, 'DELETE', '/models/idle')
      return undefined
    },
  },
  {
    name: 'models are listed page by page',
    check: (target) =>
      withModel(target, 'brief', single, () =>
        withModel(target, 'brief', single, async (second) => {
          const page = JSON.parse((await status(target, 'GET', '/models?limit=1')).body) as Record<
            string,
            unknown
          >
          assert.deepEqual(Object.keys(page), ['nextPageToken', 'models'])
          assert.equal(page['nextPageToken'], '1')
          const rest = JSON.parse(
            (await status(target, 'GET', '/models?next_page_token=1&limit=5')).body,
          ) as {
            models: { modelName: string }[]
          }
          assert.deepEqual(rest.models, [{ modelName: second, modelUrl: archiveFile('brief') }])
          return undefined
        }),
      ),
  },
  {
    name: 'metrics: sums with a trailing comma, counted on arrival, latencies on success only',
    check: (target) =>
      withModel(target, 'failing', single, async (model) => {
        for (const expected of [200, 503]) {
          const path = `/predictions/${model}`
          const answer = await callServer({
            port: target.inferencePort,
            method: 'POST',
            path,
            headers: image,
            body: 'x',
          })
          assert.equal(answer.status, expected)
        }
        const answer = await callServer({ port: target.metricsPort, path: '/metrics' })
        assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
        const labels = `{model_name="${model}",model_version="default",hostname="`
        const lines = answer.body.split('\n')
        const value = (name: string) => lines.find((line) => line.startsWith(`${name}${labels}`))
        assert.match(value('ts_inference_requests_total') ?? '', /",\} 2\.0$/)
        const latencyUs = Number(value('ts_inference_latency_microseconds')?.split('} ')[1])
        assert.ok(latencyUs > 10_000 && latencyUs < 1e6, String(latencyUs))
        assert.ok(lines.some((line) => line.startsWith('Requests5XX{Level="Host",Hostname="')))
        assert.ok(
          lines.some((line) =>
            line.startsWith(`PredictionTime{ModelName="${model}",Level="Model",Hostname="`),
          ),
        )
        assert.ok(lines.some((line) => line.startsWith('WorkerLoadTime{WorkerName="W-')))
        assert.deepEqual(metricNames(answer.body), allMetrics)

        const path = '/metrics?name[]=QueueTime'
        const one = await callServer({ port: target.metricsPort, path })
        assert.deepEqual(metricNames(one.body), ['QueueTime'])
        assert.match(
          one.body,
          /^# HELP QueueTime Torchserve prometheus gauge metric with unit: Milliseconds\n/,
        )
        return `${allMetrics.length} metrics`
      }),
  },
]

export function noWorker(model: string): RegExp {
  return new RegExp(
    `^Model "${model}" has no worker to serve inference request\\. Please use scale workers API to add workers\\. If this is a sequence inference`,
  )
}

export { assertError }

function metricNames(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)]
    .map((match) => match[1]!)
    .toSorted((a, b) => a.localeCompare(b))
}

const allMetrics = [
  'CPUUtilization',
  'DiskAvailable',
  'DiskUsage',
  'DiskUtilization',
  'GPUMemoryUsed',
  'GPUMemoryUtilization',
  'GPUUtilization',
  'HandlerTime',
  'MemoryAvailable',
  'MemoryUsed',
  'MemoryUtilization',
  'PredictionTime',
  'QueueTime',
  'Requests2XX',
  'Requests4XX',
  'Requests5XX',
  'ts_inference_latency_microseconds',
  'ts_inference_requests_total',
  'ts_queue_latency_microseconds',
  'WorkerLoadTime',
  'WorkerThreadTime',
]

const describeKeys = [
  'modelName',
  'modelVersion',
  'modelUrl',
  'runtime',
  'minWorkers',
  'maxWorkers',
  'batchSize',
  'maxBatchDelay',
  'responseTimeout',
  'startupTimeout',
  'maxRetryTimeoutInSec',
  'clientTimeoutInMills',
  'parallelType',
  'parallelLevel',
  'deviceType',
  'continuousBatching',
  'useJobTicket',
  'useVenv',
  'stateful',
  'sequenceMaxIdleMSec',
  'sequenceTimeoutMSec',
  'maxNumSequence',
  'maxSequenceJobQueueSize',
  'loadedAtStartup',
  'workers',
  'jobQueueStatus',
]
