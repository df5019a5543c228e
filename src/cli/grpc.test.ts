import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { CapacityRun } from '../capacity/capacity-run.js'
import { pointOn } from '../measure/testing/one-point.test.support.js'
import { readManifest } from '../run/run-folder.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { endpointOrigin } from '../server/endpoint.js'
import { framestormHere, rowsOf, streamEight, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** Each frame twice, which is enough where only the answers and the accounting matter. */
const twice = { 'warmupMaxS: 0.2, durationS: 0.5': 'passes: 2' }
const onBoth = {
  ...twice,
  'server: embedded:tau=2ms,alpha=1ms':
    'server: { kind: embedded, tauMs: 2, alphaMs: 1, protocol: [http, grpc] }',
}

test('one server is measured over both protocols: same answers, and its batches are known in both', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), onBoth)
  const { code, stdout } = await framestormHere(['bench', scenario, '--out', out])
  // A busy machine may make the figures INVALID, but not the answers wrong.
  expect([0, 4]).toContain(code)
  expect(stdout).toContain('server gRPC')
  const points = await rowsOf(join(out, 'points.csv'))
  expect(
    points.map((row) => [
      row['protocol'],
      row['mode'],
      row['encoding'],
      row['framesScheduled'] === row['framesOk'],
    ]),
  ).toEqual([
    ['http', 'server', 'raw', true],
    ['http', 'client', 'base64', true],
    ['grpc', 'server', 'raw', true],
    ['grpc', 'client', 'raw', true],
  ])
  for (const row of points) {
    expect(Number(row['fps'])).toBeGreaterThan(0)
    expect(Number(row['batchFormedMean'])).toBeGreaterThan(0)
  }
  const requests = await rowsOf(join(out, 'requests.csv'))
  const answered = requests.filter(({ outcome }) => outcome === 'ok')
  expect(answered.every((row) => row['answerDeviation'] === '0' && row['status'] === '200')).toBe(true)
  expect(answered.filter(({ batch }) => batch === '')).toEqual([])
})

test('the open inference protocol in both modes, as JSON, with binary tensors and over gRPC, with the same answers', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), {
    ...twice,
    'server: embedded:tau=2ms,alpha=1ms':
      'server: { kind: embedded, tauMs: 2, alphaMs: 1, api: oip, protocol: [http, grpc] }',
    'batchSize: 2': 'batchSize: 2, encoding: [auto, raw]',
  })
  const { code } = await framestormHere(['bench', scenario, '--out', out])
  expect([0, 4]).toContain(code)
  const points = await rowsOf(join(out, 'points.csv'))
  // A request over HTTP has an id in the log. One over gRPC has none, so its batches cannot be told.
  expect(
    points.map((row) => [
      row['protocol'],
      row['mode'],
      row['encoding'],
      row['framesOk'],
      row['batchFormedMean'] !== '',
    ]),
  ).toEqual([
    ['http', 'server', 'base64', '40', true],
    ['http', 'server', 'raw', '40', true],
    ['http', 'client', 'base64', '40', true],
    ['http', 'client', 'raw', '40', true],
    ['grpc', 'server', 'raw', '40', false],
    ['grpc', 'client', 'raw', '40', false],
  ])
  // In server mode, too, the frames of a batch come together.
  const formed = points.map(({ batchFormedMean }) => Number(batchFormedMean))
  expect(formed.filter((mean) => mean > 1.5)).toHaveLength(4)
  const requests = await rowsOf(join(out, 'requests.csv'))
  expect(requests.filter((row) => row['outcome'] !== 'ok' || row['answerDeviation'] !== '0')).toEqual([])
  const overGrpc = new Set(points.flatMap(({ protocol, point }) => (protocol === 'grpc' ? [point] : [])))
  expect(requests.filter(({ point, batch }) => overGrpc.has(point) !== (batch === ''))).toEqual([])
})

test('a threshold selects points by their protocol, and --dry-run shows it', async () => {
  const scenario = await writeScenario(await temporaryFolder(), {
    ...onBoth,
    'name: small': 'name: small\nthresholds: ["fps > 1 where protocol=grpc"]',
  })
  const { code, stdout } = await framestormHere(['bench', scenario, '--dry-run'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/raw gRPC/)
  expect(stdout).toContain('application/grpc')
})

test.each([
  ['gRPC', 'protocol=grpc'],
  ['the open inference protocol', 'api=oip'],
  ['the open inference protocol and gRPC', 'api=oip,protocol=grpc'],
])('stream sends over %s', async (_, settings) => {
  const { code, stdout } = await streamEight(`embedded:tau=2ms,alpha=1ms,${settings}`)
  expect(code).toBe(0)
  expect(stdout).toContain('8 answered')
})

const signal = new AbortController().signal

test('by URL, batches are known over HTTP; over gRPC they are counted, their columns are empty, and a note says why', async () => {
  const folder = await temporaryFolder()
  const logFile = join(folder, 'server.log')
  const settings = { kind: 'embedded', tauMs: 2, alphaMs: 1, jitter: 0, workers: 1 } as const
  const { model } = pointOn(settings)
  const batching = { serverBatchSize: 2, maxBatchDelayMs: 10, workers: 1 }
  const server = await startEmbedded(settings, model, { batching, signal, logFile })
  onTestFinished(() => server.stop())
  const [http, grpc] = [server.endpoint, server.grpcEndpoint!].map(endpointOrigin)
  const scenario = await writeScenario(folder, {
    ...twice,
    'server: embedded:tau=2ms,alpha=1ms': `server: { kind: url, inferenceUrl: '${http}', grpcUrl: '${grpc}', protocol: [http, grpc], logFile: '${logFile}' }`,
    'mode: [server, client], batchSize: 2': 'mode: server, batchSize: 2',
  })
  const out = join(folder, 'run')
  const { code } = await framestormHere(['bench', scenario, '--out', out])
  expect([0, 4]).toContain(code)
  const points = await rowsOf(join(out, 'points.csv'))
  const known = points.map((row) => [
    row['protocol'],
    row['batchesFormed'] !== '',
    row['batchFormedMean'] !== '',
  ])
  expect(known).toEqual([
    ['http', true, true],
    ['grpc', false, false],
  ])
  for (const row of points) expect(row['framesScheduled']).toBe(row['framesOk'])
  expect(points.map((row) => row['findings']?.includes('batches-not-joined'))).toEqual([false, true])
  const summary = await readFile(join(out, 'summary.md'), 'utf8')
  expect(summary).toContain('A gRPC client is not told the id')
  // Forty requests, in batches of one or two.
  const [, batches, mean] = /shows (\d+) batches with ([\d.]+) requests on average/.exec(summary)!
  expect(Number(mean)).toBeCloseTo(40 / Number(batches), 1)
  expect(Number(mean)).toBeGreaterThan(1)
})

test('a live gate compares HTTP with the open inference protocol over gRPC, each side in its own way', async () => {
  const scenario = await writeScenario(await temporaryFolder(), {
    'mode: [server, client], batchSize: 2': 'mode: server, batchSize: 2',
  })
  const out = join(await temporaryFolder(), 'gate')
  const server = 'embedded:tau=2ms,alpha=1ms'
  const sides = ['--baseline', server, '--candidate', `${server},api=oip,protocol=grpc`]
  const { code } = await framestormHere([
    'gate',
    scenario,
    ...sides,
    '--metrics',
    'fps',
    '--budget',
    '2s',
    '--out',
    out,
  ])
  expect([0, 1, 4, 5]).toContain(code)
  for (const [side, api, protocol] of [
    ['baseline', undefined, 'http'],
    ['candidate', 'oip', 'grpc'],
  ] as const) {
    const { plan } = await readManifest(join(out, side))
    expect(plan.points.map(({ server }) => ('api' in server ? server.api : undefined))).toEqual([api])
    const rows = await rowsOf(join(out, side, 'points.csv'))
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows)
      expect([row['protocol'], row['framesOk']]).toEqual([protocol, row['framesScheduled']])
  }
})

test('a capacity is searched over gRPC, with the batch times of this protocol', async () => {
  const out = join(await temporaryFolder(), 'capacity')
  const scenario = await writeScenario(await temporaryFolder(), {
    'server: embedded:tau=2ms,alpha=1ms': 'server: embedded:tau=20ms,alpha=5ms,protocol=grpc',
    'mode: [server, client], batchSize: 2': 'mode: client, batchSize: 2',
    'kind: closed, framesInFlight: 8': 'kind: cameras, fps: 20, camerasPerClient: 2',
    'percentile: 50': 'percentile: 75',
  })
  const { code, stdout } = await framestormHere(['capacity', scenario, '--out', out])
  expect([0, 4]).toContain(code)
  expect(stdout).toContain('gRPC')
  const { settings } = JSON.parse(await readFile(join(out, 'capacity.json'), 'utf8')) as CapacityRun
  expect(settings[0]!.point.batching).toMatchObject({
    protocol: 'grpc',
    encoding: 'raw',
    framesPerRequest: 2,
  })
  expect(settings[0]!.calibration!.ceilingFps).toBeGreaterThan(5)
  expect(settings[0]!.found).toBeDefined()
})
