import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { framestorm, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

async function requestsOf(server: string) {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), {
    'server: embedded:tau=2ms,alpha=1ms': `server: ${server}`,
    'warmupMaxS: 0.2, durationS: 0.5': 'passes: 1, deadlineMs: 60000',
    'maxBatchDelayMs: 10': 'maxBatchDelayMs: 100',
    // Small frames look too much alike to the model for their answers to be compared.
    'frames: 20, size: 160x120': 'frames: 8, size: 640x480',
  })
  const { stdout, stderr } = await framestorm(['bench', scenario, '--out', out])
  const rows = async (file: string) =>
    parse<Record<string, string>>(await readFile(join(out, file)), { columns: true })
  return { points: await rows('points.csv'), requests: await rows('requests.csv'), said: stdout + stderr }
}

const isAlike = ({ outcome, answerDeviation }: Record<string, string>) =>
  outcome === 'ok' && answerDeviation !== '' && Number(answerDeviation) < 1e-4

test('answers the same over both protocols, in both modes, and each request is in a batch of its log', async () => {
  const { points, requests, said } = await requestsOf(
    '{ kind: torchserve, env: { OMP_NUM_THREADS: 1 }, protocol: [http, grpc] }',
  )
  const accounted = points.map((row) => [
    row['protocol'],
    row['mode'],
    row['framesScheduled'] === row['framesOk'],
  ])
  // With what the run said, so that a failure shows its reason.
  expect({ accounted, said }).toEqual({
    accounted: [
      ['http', 'server', true],
      ['http', 'client', true],
      ['grpc', 'server', true],
      ['grpc', 'client', true],
    ],
    said,
  })
  expect(requests.filter((row) => !isAlike(row))).toEqual([])
  expect(requests.filter(({ batch }) => batch === '')).toEqual([])
}, 300_000)

test('answers the same over the open inference protocol, as JSON and over gRPC', async () => {
  const { points, requests, said } = await requestsOf(
    '{ kind: torchserve, env: { OMP_NUM_THREADS: 1 }, api: oip, protocol: [http, grpc] }',
  )
  const accounted = points.map((row) => [row['protocol'], row['framesScheduled'] === row['framesOk']])
  expect({ accounted, said }).toEqual({
    accounted: [
      ['http', true],
      ['http', true],
      ['grpc', true],
      ['grpc', true],
    ],
    said,
  })
  expect(requests.filter((row) => !isAlike(row))).toEqual([])
}, 300_000)
