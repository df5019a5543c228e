import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collectRun } from '../../analysis/analyse-run.js'
import { readManifest } from '../../run/run-folder.js'
import { storedGate } from '../stored/stored-gate.js'
import { liveGate, sameProcessNotes, type LiveGateObserver, type LiveGateRequest } from './live-gate.js'
import { formatUserError, UserError } from '../../system/user-error.js'
import type { ServerSettings } from '../../scenario/plan/plan.js'

const silent: LiveGateObserver = {
  status: () => {},
  loadProgress: () => {},
  pairDone: () => {},
  notice: () => {},
}

const scenario = `
name: short
video: { source: testsrc, frames: 10, size: 160x120 }
server: embedded
batching: { mode: server, batchSize: 2, maxBatchDelayMs: 5 }
load: { kind: closed, framesInFlight: 4 }
measure: { warmupMaxS: 0.2, durationS: 0.4 }
thresholds: [ "fps >= 1" ]
`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-live-gate-'))
  await writeFile(join(folder, 'short.yaml'), scenario)
})
afterEach(() => rm(folder, { recursive: true }))

function request(more: Partial<LiveGateRequest>): LiveGateRequest {
  return {
    scenarioFile: join(folder, 'short.yaml'),
    baseline: 'embedded:tau=2ms,alpha=5ms',
    candidate: 'embedded:tau=2ms,alpha=5ms',
    metrics: 'fps,requestLatencyP50Ms',
    inconclusive: 'exit-5',
    folder: join(folder, 'gate'),
    ...more,
  }
}

test('a candidate several times slower never passes; both sides are saved as runs that can be gated again', async () => {
  const candidateSet = ['server.tauMs=8', 'server.alphaMs=20']
  const result = await liveGate(request({ candidateSet }), {
    signal: new AbortController().signal,
    observer: silent,
    collect: collectRun,
  })
  expect([result!.baseline, result!.candidate]).toEqual([
    'embedded:tau=2ms,alpha=5ms (simulated)',
    'embedded:tau=2ms,alpha=5ms (simulated), server.tauMs=8, server.alphaMs=20',
  ])
  // A machine busy enough to make the load late says so (INVALID) instead of blaming the candidate.
  expect(['FAIL', 'INVALID']).toContain(result!.verdict)
  expect(result!.exitCode).toBe(result!.verdict === 'FAIL' ? 1 : 4)
  const [baseline, candidate] = await Promise.all(
    ['baseline', 'candidate'].map((side) => readManifest(join(folder, 'gate', side))),
  )
  expect(baseline!.measurements.length).toBeGreaterThanOrEqual(5)
  expect(candidate!.measurements).toHaveLength(baseline!.measurements.length)
  expect(candidate!.status).toBe('complete')
  expect(candidate!.plan.order.map(({ phaseSeed }) => phaseSeed)).toEqual(
    baseline!.plan.order.map(({ phaseSeed }) => phaseSeed),
  )

  const { result: again } = await storedGate({
    run: join(folder, 'gate/candidate'),
    baseline: join(folder, 'gate/baseline'),
    metrics: 'fps',
    inconclusive: 'exit-5',
  })
  expect(['FAIL', 'INVALID']).toContain(again.verdict)
  expect(again.thresholds).toMatchObject([{ verdict: 'PASS' }])
})

test('the error of a side that refuses its requests names the side', async () => {
  const candidateSet = ['server.faults.fail=100%']
  const error: unknown = await liveGate(request({ candidateSet }), {
    signal: new AbortController().signal,
    observer: silent,
    collect: collectRun,
  }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    message: 'the server rejected the first request',
    parts: { where: expect.stringMatching(/^the candidate: http:/) },
  })
})

test('a default p99 that a window cannot hold is left out, said before the pairs and in the result', async () => {
  const said: string[] = []
  const observer: LiveGateObserver = {
    ...silent,
    notice: (text) => said.push(text),
    pairDone: ({ pairs }) => said.push(`pair ${pairs}`),
  }
  const result = await liveGate(request({ metrics: undefined, budgetS: 1 }), {
    signal: new AbortController().signal,
    observer,
    collect: collectRun,
  })
  const [warning, ...pairs] = said
  expect(warning).toMatch(
    /^requestLatencyP99Ms is not gated: it needs 368 requests, and a window of 0\.4 s has about \d+\./,
  )
  // A second holds one pair, or none on a busy machine.
  expect(pairs).toEqual(pairs.map((_, i) => `pair ${i + 1}`))
  expect(result!.notes).toContain(said[0])
  expect(result!.metrics.map(({ metric }) => metric.name)).toEqual([
    'fps',
    'requestLatencyP50Ms',
    'errorRate',
  ])
  expect(result!.verdict).toBe('INCONCLUSIVE')
  expect(result!.metrics[0]!.reason).toMatch(/^(only \d+ pairs?|no pair) could be measured within the budget/)
})

test('a chosen p99 that a window cannot hold is refused before the first pair', async () => {
  const gate = liveGate(request({ metrics: 'fps,requestLatencyP99Ms' }), {
    signal: new AbortController().signal,
    observer: silent,
    collect: collectRun,
  })
  await expect(gate).rejects.toMatchObject({
    exitCode: 2,
    message: 'requestLatencyP99Ms needs a longer window',
  })
  await expect(readFile(join(folder, 'gate/baseline/run.json'))).rejects.toThrow('ENOENT')
})

test('a wrong threshold is refused before a folder is made or a server is started', async () => {
  await writeFile(join(folder, 'short.yaml'), scenario.replace('fps >= 1', 'fsp >= 1'))
  const gate = liveGate(request({}), {
    signal: new AbortController().signal,
    observer: silent,
    collect: collectRun,
  })
  await expect(gate).rejects.toThrow('there is no metric "fsp"')
  await expect(readFile(join(folder, 'gate/baseline/run.json'))).rejects.toThrow('ENOENT')
})

test.each(['baseline', 'candidate'])('a wrong --%s is reported at this flag', async (side) => {
  const gate = liveGate(request({ [side]: 'embeded' }), {
    signal: new AbortController().signal,
    observer: silent,
    collect: collectRun,
  })
  const error: unknown = await gate.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ exitCode: 2 })
  expect(error instanceof UserError && formatUserError(error)).toContain(`--${side}`)
  expect(error instanceof UserError && formatUserError(error)).not.toContain('--server')
})

const ours: ServerSettings = { kind: 'torchserve', workers: 1 }
const theirs: ServerSettings = {
  kind: 'url',
  api: 'torchserve',
  inferenceUrl: 'http://127.0.0.1:8080',
  manage: false,
}

test('servers that are restarted for each pair need no note', () => {
  expect(sameProcessNotes({ baseline: ours, candidate: ours })).toEqual([])
})

test('a server by address is named, because its process stays the same in all pairs', () => {
  expect(sameProcessNotes({ baseline: ours, candidate: theirs })[0]).toMatch(
    /^the candidate server was not restarted/,
  )
  expect(sameProcessNotes({ baseline: theirs, candidate: theirs })[0]).toMatch(
    /^the baseline and candidate servers were not/,
  )
})
