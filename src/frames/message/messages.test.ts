import { expect, test } from 'vitest'
import { inferServices } from './model-infer.js'
import { predictions } from './predictions.js'
import { decodeContents, encodeContents, readRawContents, writeRawBytes } from './tensor-contents.js'

const { modelInfer, modelMetadata, modelReady } = inferServices.standard

test('PredictionsRequest as protoc encodes it', () => {
  // printf 'model_name: "m" model_version: "1" input { key: "k" value: "v" }' | protoc --encode=…PredictionsRequest
  const bytes = Buffer.from('0a016d1201311a060a016b120176', 'hex')
  const request = { modelName: 'm', modelVersion: '1', input: new Map([['k', Buffer.from('v')]]) }
  expect(Buffer.from(predictions.encodeRequest(request))).toEqual(bytes)
  const { input, ...model } = predictions.decodeRequest(bytes)
  expect(model).toEqual({ modelName: 'm', modelVersion: '1' })
  expect([...input]).toEqual([['k', Buffer.from('v')]])
})

test('unknown fields are skipped, broken bytes are an error', () => {
  const withStatus = Buffer.concat([predictions.encodeResponse(Buffer.from('x')), Buffer.from('1a00', 'hex')])
  expect(Buffer.from(predictions.decodeResponse(withStatus)).toString()).toBe('x')
  expect(() => predictions.decodeResponse(Buffer.from('0aff', 'hex'))).toThrow('premature EOF')
})

test.each([
  ['BOOL', [true, false]],
  ['INT8', [-1, 5]],
  ['INT64', [-3, 2 ** 40]],
  ['UINT8', [255, 0]],
  ['UINT64', [7]],
  ['FP32', [0.5, -2]],
  ['FP64', [0.1]],
])('typed contents of %s', (datatype, data) => {
  expect(decodeContents(datatype, encodeContents({ datatype, data }))).toEqual(data)
})

test('raw contents are little-endian, and BYTES have their lengths', () => {
  expect(readRawContents('FP32', Buffer.from('0000003f000000c0', 'hex'))).toEqual([0.5, -2])
  expect(readRawContents('INT64', Buffer.from('feffffffffffffff', 'hex'))).toEqual([-2])
  const bytes = [Buffer.from('one'), Buffer.from('')]
  expect(readRawContents('BYTES', writeRawBytes(bytes))).toEqual(bytes)
  expect(() => readRawContents('FP32', Buffer.from('00', 'hex'))).toThrow('outside the bounds')
  expect(() => readRawContents('BYTES', Buffer.from('05000000', 'hex'))).toThrow(
    'raw contents end within a value',
  )
})

test('ModelInfer carries tensors in both directions', () => {
  const inputs = [{ name: 'x', datatype: 'BYTES', shape: [2], data: [Buffer.from('a'), Buffer.from('b')] }]
  const request = { modelName: 'm', modelVersion: '', id: '7', inputs }
  const read = modelInfer.decodeRequest(modelInfer.encodeRequest(request))
  expect(read).toEqual({
    ...request,
    inputs: [{ ...inputs[0], data: [new Uint8Array([97]), new Uint8Array([98])] }],
  })
  const outputs = [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [0.25, 1] }]
  const response = { modelName: 'm', modelVersion: '1', id: '7', outputs }
  expect(modelInfer.decodeResponse(modelInfer.encodeResponse(response))).toEqual(response)
})

test('raw output contents take the place of typed ones', () => {
  const outputs = [{ name: 'y', datatype: 'FP32', shape: [1], data: [] }]
  const typed = modelInfer.encodeResponse({ modelName: '', modelVersion: '', id: '', outputs })
  const raw = Buffer.from('32040000003f', 'hex')
  expect(modelInfer.decodeResponse(Buffer.concat([typed, raw])).outputs[0]!.data).toEqual([0.5])
})

test('metadata and readiness of a model', () => {
  const metadata = {
    name: 'm',
    versions: ['1', '2'],
    platform: 'python',
    inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1, 1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 5] }],
  }
  expect(modelMetadata.decodeResponse(modelMetadata.encodeResponse(metadata))).toEqual(metadata)
  expect([
    modelReady.decodeResponse(modelReady.encodeResponse(true)),
    modelReady.decodeResponse(new Uint8Array(0)),
  ]).toEqual([true, false])
})
