import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Point } from '../scenario/plan/plan.js'
import { analyseRun } from './analyse-run.js'
import { closedLoad, pointOf } from './simulated-run.test.support.js'
import { writeSimulatedRun } from './simulated-run-folder.test.support.js'

const measure = { warmupMaxS: 1, durationS: 2, repetitions: 1, deadlineMs: 5000 }
const overHttp = pointOf(1, 'server', 4, closedLoad(16), { measure })
const overGrpc: Point = { ...overHttp, batching: { ...overHttp.batching, protocol: 'grpc' } }

/** The analysis of one measurement whose log is changed, and that log. */
async function analyseWithLog(point: Point, change: (log: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-batches-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeSimulatedRun(folder, [point], 1)
  const file = join(folder, 'samples/point-1-repetition-1-batches.txt')
  const log = change(await readFile(file, 'utf8'))
  await writeFile(file, log)
  const [summary] = (await analyseRun(folder)).measurements
  return { ...summary!, note: summary!.findings.find(({ name }) => name === 'batches-not-joined'), log }
}

/** Other ids than those that the client knows: over gRPC TorchServe tells it none. */
const withOtherIds = (log: string) =>
  log.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, () => crypto.randomUUID())

test("a log with TorchServe's own lines only is enough if its ids are those of the answers", async () => {
  const { note, batchSizes, batchFormedMean } = await analyseWithLog(overHttp, (log) => log)
  expect(note).toBeUndefined()
  expect(batchSizes?.batches).toBeGreaterThan(10)
  expect(batchFormedMean).toBe(4)
})

test('batches that cannot be joined are counted in a note, and no figure is made of them', async () => {
  const { note, batchSizes, batchFormedMean, log } = await analyseWithLog(overGrpc, withOtherIds)
  expect({ batchSizes, batchFormedMean }).toEqual({ batchSizes: undefined, batchFormedMean: undefined })
  const lines = log.trim().split('\n').length
  expect(note?.severity).toBe('note')
  expect(note?.symptom).toContain(`shows ${lines} batches with 4.0 requests on average, warm-up included`)
  expect(note?.symptom).toContain('the columns about batches are empty')
  expect(note?.cause).toContain('A gRPC client is not told the id')
})

test('the reason is that of the protocol and the API', async () => {
  const overHttpAlone = await analyseWithLog(overHttp, withOtherIds)
  expect(overHttpAlone.note?.cause).toContain('a gateway replaces the header x-request-id')
  const { server } = overHttp
  if (server.kind !== 'embedded') throw new Error('another kind of server')
  const overOip = await analyseWithLog({ ...overGrpc, server: { ...server, api: 'oip' } }, withOtherIds)
  expect(overOip.note?.cause).toContain('A request of the open inference protocol over gRPC has no id')
})

test('a log without a batch says so', async () => {
  const { note } = await analyseWithLog(overHttp, () => 'started\n')
  expect(note?.symptom).toContain('shows no batch of this load')
  expect(note?.remedy).toContain('server.logFile')
})
