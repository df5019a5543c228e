import { expect, test } from 'vitest'
import { inferServices } from '../message/model-infer.js'
import { readRawContents } from '../message/tensor-contents.js'
import { buildPayload, type RequestMessage } from './build-payload.js'
import { inferBinary, inferJson, inferMessage } from './infer-payload.js'
import { requestBody } from './payload.js'

const clip = [Buffer.alloc(70_000, 1), Buffer.alloc(3, 2), Buffer.alloc(0)]
const tensor = { name: 'im$ge', shape: [-1, 1] }
const request = { field: 'frame_{i}', json: 'object' } as const

function payload(message: RequestMessage, encoding: 'raw' | 'base64') {
  return buildPayload(clip, { encoding, framesPerRequest: 3, request, message })
}

test.each([[[0]], [[1, 0]], [[2, 1, 0]]])('frames %j are one tensor of BYTES, over gRPC', (frames) => {
  const body = requestBody(payload(inferMessage({ name: 'm', version: '2' }, tensor), 'raw'), frames)
  expect(body.readUInt32BE(1)).toBe(body.length - 5)
  const { modelInfer } = inferServices.standard
  const { modelName, modelVersion, inputs } = modelInfer.decodeRequest(body.subarray(5))
  expect([modelName, modelVersion, inputs.length]).toEqual(['m', '2', 1])
  expect(inputs[0]).toMatchObject({ name: 'im$ge', datatype: 'BYTES', shape: [frames.length, 1] })
  expect(inputs[0]!.data.map((value) => Buffer.from(value as Uint8Array))).toEqual(
    frames.map((frame) => clip[frame]),
  )
})

test.each([[[0]], [[1, 0]], [[2, 1, 0]]])('frames %j behind JSON', (frames) => {
  const binary = payload(inferBinary(tensor), 'raw')
  const body = requestBody(binary, frames)
  const length = Number(binary.headers!['Inference-Header-Content-Length'])
  const { inputs } = JSON.parse(body.toString('utf8', 0, length)) as { inputs: unknown[] }
  const raw = body.subarray(length)
  expect(inputs).toEqual([
    {
      name: 'im$ge',
      datatype: 'BYTES',
      shape: [frames.length, 1],
      parameters: { binary_data_size: raw.length },
    },
  ])
  expect(readRawContents('BYTES', raw)).toEqual(frames.map((frame) => clip[frame]))
})

test('frames in base64 in JSON', () => {
  const body = requestBody(payload(inferJson(tensor), 'base64'), [1, 2])
  expect(JSON.parse(body.toString())).toEqual({
    inputs: [{ name: 'im$ge', shape: [2, 1], datatype: 'BYTES', data: ['AgIC', ''] }],
  })
})
