import { expect, test } from 'vitest'
import { withGrpcPrefix } from '../../../frames/message/grpc-prefix.js'
import { inferServices, type InferRequest } from '../../../frames/message/model-infer.js'
import { writeRawBytes, type Tensor } from '../../../frames/message/tensor-contents.js'
import type { EmbeddedPorts } from '../embedded-server.js'
import { withApi } from '../embedded.test.support.js'
import { sendStream, type StreamEnd } from '../grpc/grpc.test.support.js'
import type { Fault } from '../../../scenario/grammar/faults.js'

const jpeg = (fill: number) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(500, fill)])
const [one, two] = [jpeg(1), jpeg(2)]
const { standard, torchserve } = inferServices

function frames(data: Tensor['data'], shape = [data.length]): Tensor {
  return { name: 'frames', datatype: 'BYTES', shape, data }
}

function request(inputs: Tensor[], id = '42'): InferRequest {
  return { modelName: 'm', modelVersion: '', id, inputs }
}

function inferByGrpc(port: number, message: Uint8Array): Promise<StreamEnd> {
  return sendStream(port, standard.modelInfer.path, withGrpcPrefix(message))
}

async function inferByHttp(
  { inferencePort }: EmbeddedPorts,
  body: string | Buffer,
  headers = {},
): Promise<Response> {
  const url = `http://127.0.0.1:${inferencePort}/v2/models/m/infer`
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers })
}

const jsonRequest = (parameters = {}) =>
  JSON.stringify({
    id: '42',
    parameters,
    inputs: [
      {
        name: 'frames',
        datatype: 'BYTES',
        shape: [2],
        data: [one.toString('base64'), two.toString('base64')],
      },
    ],
  })

test('typed and raw contents over gRPC, JSON and raw contents over HTTP: the same frames have the same answer', async () => {
  await withApi({ api: 'oip' }, async (ports) => {
    const json: unknown = await (await inferByHttp(ports, jsonRequest())).json()
    expect(json).toMatchObject({
      model_name: 'm',
      model_version: '1.0',
      id: '42',
      outputs: [
        { name: 'labels', datatype: 'BYTES', shape: [2, 5] },
        { name: 'probabilities', datatype: 'FP32', shape: [2, 5] },
      ],
    })
    const { outputs } = json as { outputs: Tensor[] }

    const typed = await inferByGrpc(
      ports.grpcPort,
      standard.modelInfer.encodeRequest(request([frames([one, two])])),
    )
    expect(typed.status).toBe(0)
    const decoded = standard.modelInfer.decodeResponse(typed.body)
    expect(decoded).toMatchObject({ modelName: 'm', modelVersion: '1.0', id: '42' })
    const asTexts = (tensors: Tensor[]) =>
      tensors.map((tensor) => ({
        ...tensor,
        data: tensor.data.map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString() : value,
        ),
      }))
    expect(asTexts(decoded.outputs)).toEqual(outputs)

    const raw = writeRawBytes([one, two])
    const head = standard.modelInfer.encodeRequest(request([frames([], [2])]))
    const rawField = Buffer.concat([
      Buffer.from([7 * 8 + 2, (raw.length & 0x7f) | 0x80, raw.length >> 7]),
      raw,
    ])
    const answered = await inferByGrpc(ports.grpcPort, Buffer.concat([head, rawField]))
    expect(asTexts(standard.modelInfer.decodeResponse(answered.body).outputs)).toEqual(outputs)

    const binaryHead = Buffer.from(
      JSON.stringify({
        id: '42',
        inputs: [
          { name: 'frames', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: raw.length } },
        ],
      }),
    )
    const binary = await inferByHttp(ports, Buffer.concat([binaryHead, raw]), {
      'inference-header-content-length': String(binaryHead.length),
    })
    expect(await binary.json()).toEqual(json)
  })
})

test('outputs as raw contents for a client that asks for them', async () => {
  await withApi({ api: 'oip' }, async (ports) => {
    const answer = await inferByHttp(ports, jsonRequest({ binary_data_output: true }))
    const length = Number(answer.headers.get('inference-header-content-length'))
    const body = Buffer.from(await answer.arrayBuffer())
    const head = JSON.parse(body.toString('utf8', 0, length)) as {
      outputs: { name: string; parameters: { binary_data_size: number } }[]
    }
    const sizes = head.outputs.map(({ parameters }) => parameters.binary_data_size)
    expect(length + sizes[0]! + sizes[1]!).toBe(body.length)
    expect(sizes[1]).toBe(2 * 5 * 4)
    const first = body.readFloatLE(length + sizes[0]!)
    expect(first).toBeGreaterThan(0.5)
  })
})

test('a tensor of numbers has one frame per row', async () => {
  await withApi({ api: 'oip' }, async (ports) => {
    const pixels = (data: unknown) =>
      JSON.stringify({ inputs: [{ name: 'x', datatype: 'UINT8', shape: [2, 2, 2], data }] })
    const flat = await inferByHttp(ports, pixels([1, 2, 3, 4, 5, 6, 7, 8]))
    const nested = await inferByHttp(ports, pixels([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])) // prettier-ignore
    const answer = (await flat.json()) as { outputs: Tensor[] }
    expect(answer.outputs[1]!.shape).toEqual([2, 5])
    expect(await nested.json()).toEqual(answer)
    const numbers = { name: 'x', datatype: 'UINT8', shape: [2, 2, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] }
    const typed = await inferByGrpc(ports.grpcPort, standard.modelInfer.encodeRequest(request([numbers])))
    expect(standard.modelInfer.decodeResponse(typed.body).outputs[1]!.data).toEqual(answer.outputs[1]!.data)
  })
})

test('health, readiness and metadata, by HTTP and by gRPC', async () => {
  await withApi({ api: 'oip' }, async ({ inferencePort, grpcPort }) => {
    const get = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${inferencePort}${path}`)
      const body: unknown = await answer.json()
      return [answer.status, body]
    }
    const inputs = [{ name: 'frames', datatype: 'BYTES', shape: [-1] }]
    expect(await get('/v2/health/live')).toEqual([200, { live: true }])
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }])
    expect(await get('/v2/models/m/versions/1.0/ready')).toEqual([200, { name: 'm', ready: true }])
    expect(await get('/v2/models/m')).toMatchObject([200, { name: 'm', versions: ['1.0'], inputs }])
    expect(await get('/v2/models/nobody/ready')).toEqual([404, { error: 'Model not found: nobody' }])
    expect(await get('/ping')).toEqual([404, { error: 'Not Found' }])

    const ask = (path: string, message: Uint8Array) => sendStream(grpcPort, path, withGrpcPrefix(message))
    const named = (name: string) => standard.modelMetadata.encodeRequest({ name })
    for (const { path } of [standard.serverLive, standard.serverReady, standard.modelReady])
      expect(standard.serverReady.decodeResponse((await ask(path, named('m'))).body)).toBe(true)
    const metadata = await ask(standard.modelMetadata.path, named('m'))
    expect(standard.modelMetadata.decodeResponse(metadata.body)).toMatchObject({
      name: 'm',
      versions: ['1.0'],
      inputs,
    })
    expect(await ask(standard.modelReady.path, named('nobody'))).toMatchObject({
      status: 5,
      message: 'Model not found: nobody',
    })
    expect(await ask(torchserve.serverLive.path, Buffer.alloc(0))).toMatchObject({ status: 12 })
  })
})

test.each([
  ['no JSON', '{"inputs": ['],
  ['no inputs', '{}'],
  ['what is not base64', '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":["%%"]}]}'],
  ['a shape that does not fit', '{"inputs":[{"name":"x","datatype":"BYTES","shape":[2],"data":["YWJj"]}]}'],
  [
    'raw contents that are missing',
    '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":9}}]}',
  ],
  ['an object as data', '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":[{}]}]}'],
  [
    'lists in lists without an end',
    `{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`,
  ],
])('%s is answered 400 and keeps the connection', async (_name, body) => {
  await withApi({ api: 'oip' }, async (ports) => {
    const answer = await inferByHttp(ports, body)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('connection')).not.toBe('close')
    expect(await answer.json()).toMatchObject({ error: expect.any(String) })
    expect((await inferByHttp(ports, jsonRequest())).status).toBe(200)
  })
})

test('a failure of the model, by HTTP and by gRPC', async () => {
  const faults: Fault[] = [{ name: 'fail', trigger: { kind: 'always' }, factor: 1 }]
  const message = standard.modelInfer.encodeRequest(request([frames([one])]))
  await withApi({ api: 'oip', faults }, async (ports) => {
    const answer = await inferByHttp(ports, jsonRequest())
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'Prediction failed' }])
    expect(await inferByGrpc(ports.grpcPort, message)).toMatchObject({
      status: 13,
      message: 'Prediction failed',
    })
  })
})
