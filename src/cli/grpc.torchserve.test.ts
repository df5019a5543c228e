import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, onTestFinished, test } from 'vitest'
import { rsaTestCertificate, rsaTestKey } from '../load/testing/test-certificate.test.support.js'
import { packArchive } from '../server/archive/archive-format.js'
import { registerModel } from '../server/management/register-model.js'
import { ensureEnvironment } from '../server/torchserve/environment/ensure-environment.js'
import { startJava } from '../server/torchserve/start-java.js'
import { packageRoot } from '../system/package-root.js'
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

/**
 * All answers are compared that have a reference, and none differs. On a busy machine there is only time for the references
 * of four frames, which are in two requests of two frames.
 */
function expectAlike(requests: readonly Record<string, string>[]): void {
  const isAlike = (row: Record<string, string>) => Number(row['answerDeviation']) < 1e-4
  expect(requests.filter((row) => row['outcome'] !== 'ok' || !isAlike(row))).toEqual([])
  const compared = requests.filter(({ answerDeviation }) => answerDeviation !== '')
  for (const { point } of requests)
    expect(compared.filter((row) => row['point'] === point).length).toBeGreaterThanOrEqual(2)
}

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
  expectAlike(requests)
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
  expectAlike(requests)
}, 300_000)

/** A TorchServe whose gRPC is encrypted, with a model that answers the brightness of a frame. */
async function startEncrypted(folder: string, certificateFile: string) {
  const keyFile = join(folder, 'key.pem')
  await writeFile(keyFile, rsaTestKey)
  await writeFile(certificateFile, rsaTestCertificate)
  const archive = { file: join(folder, 'lamp.mar'), form: 'zip', unpackedBytes: 0 } as const
  const handler = await readFile(join(packageRoot, 'fixtures/handlers/brightness.py'))
  const model = { modelName: 'lamp', modelVersion: '1.0', handler: 'brightness.py' }
  await writeFile(archive.file, packArchive(model, new Map([['brightness.py', handler]])))
  const config = { enable_grpc_ssl: true, private_key_file: keyFile, certificate_file: certificateFile }
  const { process: java, ports, files } = await startJava(await ensureEnvironment(), { archive, config })
  onTestFinished(() => java.end())
  await registerModel(
    { name: 'management', url: `http://127.0.0.1:${ports.management}` },
    { modelName: 'lamp', modelUrl: files.storeName, serverBatchSize: 2, maxBatchDelayMs: 10, workers: 1 },
  )
  return ports
}

test('gRPC over TLS: measured if the certificate is trusted, and else refused in words', async () => {
  const folder = await temporaryFolder()
  const caFile = join(folder, 'certificate.pem')
  const { inference, grpcInference } = await startEncrypted(folder, caFile)
  const scenario = await writeScenario(folder, {
    'mode: [server, client], batchSize: 2': 'mode: server, batchSize: 2',
    'name: small': 'name: small\nmodel: { name: lamp }',
  })
  const bench = async (grpcUrl: string, more = '') => {
    const out = join(await temporaryFolder(), 'run')
    const server = `http://127.0.0.1:${inference},protocol=grpc,grpcUrl=${grpcUrl}${more}`
    return { out, ...(await framestorm(['bench', scenario, '--server', server, '--out', out])) }
  }
  const address = `127.0.0.1:${grpcInference}`
  const { code, out } = await bench(`https://${address}`, `,caFile=${caFile}`)
  expect([0, 4]).toContain(code)
  const points = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), { columns: true })
  expect(points).toMatchObject([{ protocol: 'grpc', framesHttpError: '0', framesConnectionError: '0' }])
  expect(points[0]!['framesOk']).toBe(points[0]!['framesScheduled'])

  const untrusted = await bench(`https://${address}`)
  expect(untrusted).toMatchObject({ code: 3, stderr: expect.stringContaining('server.caFile') })
  const plain = await bench(`http://${address}`)
  expect(plain).toMatchObject({ code: 3, stderr: expect.stringContaining('A TLS server needs https://') })
}, 300_000)
