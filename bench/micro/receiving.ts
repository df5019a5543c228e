import type { Bench } from 'tinybench'
import { answerClassifier } from '../../src/load/answer/classify-answer.js'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { predictions } from '../../src/frames/message/predictions.js'
import { HeaderBlocks } from '../../src/load/grpc/header-blocks.js'
import { encodeHeaders } from '../../src/load/grpc/hpack.js'
import { FrameFlag, FrameReader, FrameType, http2Frame } from '../../src/load/grpc/http2-frame.js'
import { ResponseReader } from '../../src/load/http/response-reader.js'
import { GrpcResponse } from '../../src/server/grpc-response.js'
import { RecordBlock, BlockKind } from '../../src/run/record-block.js'

const topFive = JSON.stringify({ tabby: 0.5, tiger: 0.2, lynx: 0.1, cougar: 0.06, fox: 0.02 }, undefined, 2)

/** As TorchServe 0.12 answers a prediction. */
const response = Buffer.from(
  [
    'HTTP/1.1 200 ',
    'x-request-id: 0a31ee07-5ba2-4d7e-a5a4-4e0e0b7b1c55',
    'Pragma: no-cache',
    'Cache-Control: no-cache; no-store, must-revalidate, private',
    'Expires: Thu, 01 Jan 1970 00:00:00 UTC',
    `content-length: ${topFive.length}`,
    'connection: keep-alive',
    '',
    topFive,
  ].join('\r\n'),
)

const { headers, data } = FrameType
const message = withGrpcPrefix(predictions.encodeResponse(Buffer.from(topFive)))

/** As TorchServe answers a call: header fields, message, trailers. */
const grpcResponse = Buffer.concat([
  http2Frame(
    headers,
    FrameFlag.endHeaders,
    1,
    encodeHeaders([
      [':status', '200'],
      ['content-type', 'application/grpc'],
      ['grpc-accept-encoding', 'gzip'],
    ]),
  ),
  http2Frame(data, 0, 1, message),
  http2Frame(headers, FrameFlag.endHeaders | FrameFlag.endStream, 1, encodeHeaders([['grpc-status', '0']])),
])

function addGrpcAnswer(bench: Bench): void {
  const answer = new GrpcResponse(true)
  const blocks = new HeaderBlocks()
  const frames = new FrameReader((frame) => {
    if (frame.type === data) answer.add(frame.bytes, frame.from, frame.to, false)
    else {
      const block = blocks.feed(frame)
      if (typeof block === 'object') answer.headers(block.fields, block.endStream)
    }
    return true
  })
  bench.add('parse an answer over gRPC', () => {
    answer.reset()
    frames.feed(grpcResponse, grpcResponse.length)
  })
}

/** From the first byte of an answer to its sample. */
export function addReceiving(bench: Bench): void {
  const reader = new ResponseReader(true)
  bench.add('parse a response of TorchServe', () => {
    reader.reset()
    reader.feed(response, 0, response.length)
  })
  bench.add('parse it when it comes in two pieces', () => {
    reader.reset()
    reader.feed(response, 0, 100)
    reader.feed(response, 100, response.length)
  })

  addGrpcAnswer(bench)

  const body = Buffer.from(topFive)
  const check = answerClassifier({ list: '' })
  bench.add('check an answer (JSON, one result)', () => {
    check('answered', 200, body, [0])
  })
  const compare = answerClassifier(
    { list: '' },
    {
      rules: { compared: 'numbers', ignored: [], unordered: [] },
      json: true,
      singleKeys: [],
      references: [JSON.parse(topFive)],
    },
  )
  bench.add('check it and compare its numbers with the reference', () => {
    compare('answered', 200, body, [0])
  })

  const block = new RecordBlock(BlockKind.requests, 64 * 1024)
  const sample = {
    request: 1,
    phase: 1,
    outcome: 0,
    status: 200,
    frames: 1,
    firstFrame: 7,
    client: 3,
    dueUs: 1.5,
    sentUs: 2.5,
    answeredUs: 3.5,
    connectUs: Number.NaN,
    bodyBytes: 40_000,
    answerBytes: 100,
    answerDeviation: Number.NaN,
    serverRequestId: new Uint32Array(4),
  }
  bench.add('record a sample', () => {
    if (block.full) block.clear()
    block.addRequest(sample)
  })
}
