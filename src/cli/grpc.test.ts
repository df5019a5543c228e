import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, onTestFinished, test } from 'vitest'
import type { CapacityRun } from '../capacity/capacity-run.js'
import { pointOn } from '../measure/testing/one-point.test.support.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { endpointOrigin } from '../server/endpoint.js'
import { framestormHere, streamEight, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const rowsOf = async (file: string) => parse<Record<string, string>>(await readFile(file), { columns: true })

const onBoth = {
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
}, 60_000)

test('the open inference protocol is measured as JSON, with binary tensors and over gRPC, with the same answers', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), {
    'server: embedded:tau=2ms,alpha=1ms':
      'server: { kind: embedded, tauMs: 2, alphaMs: 1, api: oip, protocol: [http, grpc] }',
    'mode: [server, client], batchSize: 2': 'mode: client, batchSize: 2, encoding: [auto, raw]',
  })
  const { code } = await framestormHere(['bench', scenario, '--out', out])
  expect([0, 4]).toContain(code)
  const points = await rowsOf(join(out, 'points.csv'))
  // A request over HTTP has an id in the log. One over gRPC has none, so its batches cannot be told.
  expect(
    points.map((row) => [
      row['protocol'],
      row['encoding'],
      row['framesScheduled'] === row['framesOk'],
      Number(row['fps']) > 0,
      row['batchesFormed'] !== '',
      row['batchFormedMean'] !== '',
    ]),
  ).toEqual([
    ['http', 'base64', true, true, true, true],
    ['http', 'raw', true, true, true, true],
    ['grpc', 'raw', true, true, false, false],
  ])
  const requests = await rowsOf(join(out, 'requests.csv'))
  const answered = requests.filter(({ outcome }) => outcome === 'ok')
  expect(answered.filter((row) => row['answerDeviation'] !== '0')).toEqual([])
  expect(new Set(requests.filter(({ point }) => point === '3').map(({ batch }) => batch))).toEqual(
    new Set(['']),
  )
}, 60_000)

test('a threshold selects points by their protocol, and --dry-run shows it', async () => {
  const scenario = await writeScenario(await temporaryFolder(), {
    ...onBoth,
    'name: small': 'name: small\nthresholds: ["fps > 1 where protocol=grpc"]',
  })
  const { code, stdout } = await framestormHere(['bench', scenario, '--dry-run'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/raw gRPC/)
  expect(stdout).toContain('application/grpc')
}, 60_000)

test('stream sends over gRPC', async () => {
  const { code, stdout } = await streamEight('embedded:tau=2ms,alpha=1ms,protocol=grpc')
  expect(code).toBe(0)
  expect(stdout).toContain('8 answered')
}, 60_000)

const signal = new AbortController().signal

test('by URL, batches are known over HTTP, and their columns stay empty over gRPC', async () => {
  const folder = await temporaryFolder()
  const logFile = join(folder, 'server.log')
  const settings = { kind: 'embedded', tauMs: 2, alphaMs: 1, jitter: 0, workers: 1 } as const
  const { model } = pointOn(settings)
  const batching = { serverBatchSize: 2, maxBatchDelayMs: 10, workers: 1 }
  const server = await startEmbedded(settings, model, { batching, signal, logFile })
  onTestFinished(() => server.stop())
  const [http, grpc] = [server.endpoint, server.grpcEndpoint!].map(endpointOrigin)
  const scenario = await writeScenario(folder, {
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
}, 60_000)

test('what is wrong with the address of gRPC is said before the load', async () => {
  const settings = { kind: 'embedded', tauMs: 2, alphaMs: 1, jitter: 0, workers: 1 } as const
  const { model } = pointOn(settings)
  const batching = { serverBatchSize: 1, workers: 1 }
  const server = await startEmbedded(settings, model, { batching, signal })
  onTestFinished(() => server.stop())
  const [http, grpc] = [server.endpoint, server.grpcEndpoint!].map(endpointOrigin)
  const scenario = await writeScenario(await temporaryFolder(), {
    'mode: [server, client], batchSize: 2': 'mode: client, batchSize: 2',
  })
  const bench = async (grpcUrl: string) => {
    const address = `${http},protocol=grpc,grpcUrl=${grpcUrl}`
    return framestormHere([
      'bench',
      scenario,
      '--server',
      address,
      '--out',
      join(await temporaryFolder(), 'run'),
    ])
  }
  const toHttp = await bench(http!)
  const toNobody = await bench('http://127.0.0.1:1')
  const overTls = await bench(grpc!.replace('http:', 'https:'))
  expect(toHttp).toMatchObject({ code: 3, stderr: expect.stringContaining('does not speak HTTP/2') })
  expect(toHttp.stderr).toContain('Check the port in server.grpcUrl')
  expect(toNobody).toMatchObject({ code: 3, stderr: expect.stringContaining('ECONNREFUSED') })
  expect(overTls).toMatchObject({ code: 3, stderr: expect.stringContaining('give its address with http://') })
}, 60_000)

test('a live gate compares HTTP with gRPC, each side over its own protocol', async () => {
  const scenario = await writeScenario(await temporaryFolder(), {
    'mode: [server, client], batchSize: 2': 'mode: server, batchSize: 2',
  })
  const out = join(await temporaryFolder(), 'gate')
  const server = 'embedded:tau=2ms,alpha=1ms'
  const sides = ['--baseline', server, '--candidate', `${server},protocol=grpc`]
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
  for (const [side, protocol] of [
    ['baseline', 'http'],
    ['candidate', 'grpc'],
  ] as const) {
    const rows = await rowsOf(join(out, side, 'points.csv'))
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows)
      expect([row['protocol'], row['framesOk']]).toEqual([protocol, row['framesScheduled']])
  }
}, 120_000)

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
}, 120_000)
