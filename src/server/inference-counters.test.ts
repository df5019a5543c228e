import { expect, test } from 'vitest'
import { post, withServer } from './embedded/embedded.test.support.js'
import { countedBetween, inferenceCounters, parseExposition, readCounters } from './inference-counters.js'

const text = `# HELP ts_inference_requests_total Torchserve prometheus counter metric with unit: Count
# TYPE ts_inference_requests_total counter
ts_inference_requests_total{model_name="m",model_version="default",hostname="h",} 10.0
ts_inference_requests_total{model_name="m",model_version="2.0",hostname="h",} 2.0
ts_inference_requests_total{model_name="other",model_version="default",hostname="h",} 99.0
ts_inference_latency_microseconds{model_name="m",model_version="default",hostname="h",} 2.202616765400003E7
ts_queue_latency_microseconds{model_name="m",model_version="default",hostname="h",} 500.5
`

test('lines are read as TorchServe writes them: trailing commas, Java doubles, escapes', () => {
  expect(
    parseExposition('a{x="1",} 2.5E3\nb 1.0\nc{x="say \\"hi\\", then"} -Inf\n# a 1\nnonsense\n'),
  ).toEqual([
    { name: 'a', labels: { x: '1' }, value: 2500 },
    { name: 'b', labels: {}, value: 1 },
    { name: 'c', labels: { x: 'say "hi", then' }, value: Number.NEGATIVE_INFINITY },
  ])
})

test('the versions of a model are summed, other models are not', () => {
  expect(inferenceCounters(text, { name: 'm' })).toEqual({
    requests: 12,
    inferenceUs: 22_026_167.654_000_03,
    queueUs: 500.5,
  })
})

test('an endpoint in log mode is empty, and counts nothing; a model without requests counts 0', () => {
  expect(inferenceCounters('', { name: 'm' })).toBeUndefined()
  expect(inferenceCounters(text, { name: 'new' })).toEqual({ requests: 0, inferenceUs: 0, queueUs: 0 })
})

test('decreasing counters mean that the server was restarted', () => {
  const [more, less] = [
    { requests: 5, inferenceUs: 9, queueUs: 2 },
    { requests: 3, inferenceUs: 4, queueUs: 1 },
  ]
  expect(countedBetween(less, more)).toEqual({ requests: 2, inferenceUs: 5, queueUs: 1 })
  expect(countedBetween(more, less)).toBeUndefined()
})

test('the counters give what the server counted between two moments', async () => {
  await withServer({}, {}, async (server) => {
    const read = () => readCounters(server.metricsUrl, { name: 'resnet-18' })
    const before = await read()
    for (let i = 0; i < 3; i++) await (await post(server, 'frame', 'image/jpeg')).text()
    const counted = countedBetween(before!, (await read())!)
    expect(counted?.requests).toBe(3)
    expect(counted?.inferenceUs).toBeGreaterThan(3 * 3000)
  })
})

test('no endpoint, or one that does not answer, is no error', async () => {
  expect(await readCounters(undefined, { name: 'm' })).toBeUndefined()
  expect(await readCounters('http://127.0.0.1:1/metrics', { name: 'm' })).toBeUndefined()
})
