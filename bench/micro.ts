import { Bench } from 'tinybench'
import { nowUs } from '../src/clock/now-us.js'
import { answerJudge } from '../src/load/answer/answer-judge.js'
import { requestGatherer } from '../src/load/http/request-gatherer.js'
import { ResponseReader } from '../src/load/http/response-reader.js'
import { scheduleOfThread } from '../src/load/schedule/schedule-of-thread.js'
import { BlockKind } from '../src/samples/sample-format.js'
import { RecordBlock } from '../src/samples/record-block.js'
import { framePayload } from './parts/frame-payload.js'
import { hundredCameras } from './rows/send-lag.js'

/* The hot path, piece by piece (tinybench). What happens once a request must be small against its 12 µs. */
const bench = new Bench({ time: 500 })
const endpoint = { protocol: 'http:' as const, host: '127.0.0.1', port: 8080, path: '/predictions/resnet-18' }

const topFive = JSON.stringify({ tabby: 0.5, tiger: 0.2, lynx: 0.1, cougar: 0.06, fox: 0.02 }, undefined, 2)
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

const judge = answerJudge({ list: '' })
const body = Buffer.from(topFive)
bench.add('check an answer (JSON, one result)', () => {
  judge('answered', 200, body, [0])
})
const compare = answerJudge({ list: '' }, [JSON.parse(topFive)])
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

for (const [name, framesPerRequest, camerasPerClient] of [
  ['next due request, 100 cameras', 1, 1],
  ['next due request, batches of 8 over 10 cameras', 8, 10],
] as const) {
  const load = { ...hundredCameras, camerasPerClient }
  const clip = { frames: 300, cameras: 100 }
  const schedule = scheduleOfThread({ load, framesPerRequest, phaseSeed: 1, clip }, 0, 1)
  bench.add(name, () => {
    schedule.next()
  })
}

const clipFrames = [0, 1, 2, 3, 4, 5, 6, 7]
for (const [name, framesPerRequest] of [
  ['gather a request, raw', 1],
  ['gather a request, 8 frames', 8],
] as const) {
  const gatherer = requestGatherer(framePayload(16, 40_000, framesPerRequest), endpoint, undefined)
  const frames = clipFrames.slice(0, framesPerRequest)
  const fragments: Uint8Array[] = []
  bench.add(name, () => {
    gatherer.gather(frames, fragments)
  })
}

bench.add('read the clock', () => {
  nowUs()
})

await bench.run()
for (const { name, result } of bench.tasks) {
  if (!('latency' in result)) throw new Error(`${name} failed`)
  process.stdout.write(`${(result.latency.p50 * 1e6).toFixed(0).padStart(7)} ns  ${name}\n`)
}
