import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { framestorm, framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const onBoth = {
  'server: embedded:tau=2ms,alpha=1ms':
    'server: { kind: embedded, tauMs: 2, alphaMs: 1, protocol: [http, grpc] }',
}

test('one server is measured over both protocols: same answers, and its batches are known in both', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), onBoth)
  const { code, stdout } = await framestorm(['bench', scenario, '--out', out])
  // A busy machine may make the figures INVALID, but not the answers wrong.
  expect([0, 4]).toContain(code)
  expect(stdout).toContain('server gRPC')
  const rowsOf = async (file: string) =>
    parse<Record<string, string>>(await readFile(join(out, file)), { columns: true })
  const points = await rowsOf('points.csv')
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
  const requests = await rowsOf('requests.csv')
  const answered = requests.filter(({ outcome }) => outcome === 'ok')
  expect(answered.every((row) => row['answerDeviation'] === '0' && row['status'] === '200')).toBe(true)
  expect(answered.filter(({ batch }) => batch === '')).toEqual([])
}, 60_000)

test('the open inference protocol is measured over both, with the same answers', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), {
    'server: embedded:tau=2ms,alpha=1ms':
      'server: { kind: embedded, tauMs: 2, alphaMs: 1, api: oip, protocol: [http, grpc] }',
  })
  const { code } = await framestorm(['bench', scenario, '--out', out])
  expect([0, 4]).toContain(code)
  const points = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), { columns: true })
  expect(points.map((row) => [row['protocol'], row['framesScheduled'] === row['framesOk']])).toEqual([
    ['http', true],
    ['http', true],
    ['grpc', true],
    ['grpc', true],
  ])
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
  const { code, stdout } = await framestorm([
    'stream',
    '--input',
    'testsrc',
    '--frames',
    '8',
    '--size',
    '160x120',
    '--server',
    'embedded:tau=2ms,alpha=1ms,protocol=grpc',
    '--client-batching',
    '--batch-size',
    '2',
  ])
  expect(code).toBe(0)
  expect(stdout).toContain('8 answered')
}, 60_000)
