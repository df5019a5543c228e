import { expect, test } from 'vitest'
import { inferResults, inferResultsOfJson } from './infer-results.js'
import { inferServices } from './model-infer.js'

const read = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString())
const json = (outputs: unknown) => read(inferResultsOfJson(Buffer.from(JSON.stringify({ outputs }))))

test('outputs with a row per frame are one result per frame', () => {
  expect(
    json([
      { name: 'label', datatype: 'BYTES', shape: [2], data: ['cat', 'dog'] },
      {
        name: 'box',
        datatype: 'FP32',
        shape: [2, 2],
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ]),
  ).toEqual([
    { label: 'cat', box: [1, 2] },
    { label: 'dog', box: [3, 4] },
  ])
})

test('the only output is the result itself, and texts of JSON are read', () => {
  expect(json([{ name: 'output', datatype: 'BYTES', shape: [2], data: ['{"a":1}', 'b'] }])).toEqual([
    { a: 1 },
    'b',
  ])
})

test('other outputs are one result', () => {
  expect(
    json([
      { name: 'a', datatype: 'FP32', shape: [1], data: [1] },
      { name: 'b', datatype: 'FP32', shape: [2], data: [1, 2] },
    ]),
  ).toEqual({ a: [1], b: [1, 2] })
})

test('the same over gRPC', () => {
  const outputs = [{ name: 'output', datatype: 'BYTES', shape: [1], data: [Buffer.from('{"7":0.5}')] }]
  const message = inferServices.torchserve.modelInfer.encodeResponse({
    modelName: 'm',
    modelVersion: '1',
    id: '',
    outputs,
  })
  expect(read(inferResults(message))).toEqual([{ '7': 0.5 }])
})

test('an answer without outputs is passed on, and one that is no JSON is refused', () => {
  expect(read(inferResultsOfJson(Buffer.from('[{"7":0.5}]')))).toEqual([{ '7': 0.5 }])
  expect(() => inferResultsOfJson(Buffer.from('<html>'))).toThrow('JSON')
})
