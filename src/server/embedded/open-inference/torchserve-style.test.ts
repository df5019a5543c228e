import { expect, test } from 'vitest'
import { withGrpcPrefix } from '../../../frames/message/grpc-prefix.js'
import { inferServices } from '../../../frames/message/model-infer.js'
import { withApi } from '../embedded.test.support.js'
import { sendStream } from '../grpc/grpc.test.support.js'

const { standard, torchserve } = inferServices
const jpegs = [1, 2].map((fill) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(500, fill)]))

test('as on TorchServe: typed contents only, one text per frame, metadata without inputs, and Predictions beside it', async () => {
  await withApi({ api: 'torchserve-oip' }, async ({ inferencePort, grpcPort }) => {
    const message = torchserve.modelInfer.encodeRequest({
      modelName: 'm',
      modelVersion: '',
      id: '42',
      inputs: [{ name: 'frames', datatype: 'BYTES', shape: [2], data: jpegs }],
    })
    const { body } = await sendStream(grpcPort, torchserve.modelInfer.path, withGrpcPrefix(message))
    const { id, outputs } = torchserve.modelInfer.decodeResponse(body)
    expect(id).toBe('42')
    expect(outputs).toMatchObject([{ name: 'output', datatype: 'BYTES', shape: [2] }])
    const texts = outputs[0]!.data.map(
      (text) => JSON.parse(Buffer.from(text as Uint8Array).toString()) as object,
    )
    const predicted = await fetch(`http://127.0.0.1:${inferencePort}/predictions/m`, {
      method: 'POST',
      body: JSON.stringify(jpegs.map((jpeg) => jpeg.toString('base64'))),
      headers: { 'content-type': 'application/json' },
    })
    expect(texts).toEqual(await predicted.json())

    const metadata = await sendStream(
      grpcPort,
      torchserve.modelMetadata.path,
      withGrpcPrefix(torchserve.modelMetadata.encodeRequest({ name: 'm' })),
    )
    expect(torchserve.modelMetadata.decodeResponse(metadata.body)).toEqual({
      name: 'm',
      versions: ['1.0'],
      platform: '',
      inputs: [],
      outputs: [],
    })
    const unknown = withGrpcPrefix(torchserve.modelReady.encodeRequest({ name: 'nobody' }))
    expect(await sendStream(grpcPort, torchserve.modelReady.path, unknown)).toMatchObject({
      status: 5,
      message: 'Model not found: nobody\norg.pytorch.serve.archive.model.ModelNotFoundException',
    })
    expect(await sendStream(grpcPort, standard.serverLive.path, Buffer.alloc(5))).toMatchObject({
      status: 12,
    })
    expect((await fetch(`http://127.0.0.1:${inferencePort}/v2/health/live`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${inferencePort}/v2/models/m`)).status).toBe(404)
  })
})

test('TorchServe without the protocol has none of it', async () => {
  await withApi({}, async ({ inferencePort, grpcPort }) => {
    expect(await sendStream(grpcPort, torchserve.serverLive.path, Buffer.alloc(5))).toMatchObject({
      status: 12,
    })
    expect((await fetch(`http://127.0.0.1:${inferencePort}/v2/health/live`)).status).toBe(404)
  })
})
