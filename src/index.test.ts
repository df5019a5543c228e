import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, expectTypeOf, test, vi } from 'vitest'
import {
  analyseRun,
  decideGate,
  type GateResult,
  readRun,
  type RunAnalysis,
  type RunManifest,
  runScenario,
  UserError,
} from './index.js'
import { ensureFfmpeg } from './frames/video/resolve-ffmpeg.js'
import { packageRoot } from './system/package-root.js'

const golden = join(packageRoot, 'fixtures/golden/run')
const quickstart = join(packageRoot, 'scenarios/quickstart.yaml')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-library-'))
})

afterAll(() => rm(folder, { recursive: true }))

test('the types of the library', () => {
  expectTypeOf(runScenario).returns.resolves.toEqualTypeOf<string>()
  expectTypeOf(readRun).returns.resolves.toEqualTypeOf<RunManifest>()
  expectTypeOf(analyseRun).toEqualTypeOf<(folder: string) => Promise<RunAnalysis>>()
  expectTypeOf(decideGate).returns.toEqualTypeOf<GateResult>()
  expectTypeOf<GateResult['verdict']>().toEqualTypeOf<'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INVALID'>()
  expectTypeOf<Parameters<typeof runScenario>[1]>().toExtend<{ out: string }>()
})

test('a scenario is measured, read, analysed and gated without a line printed', async (context) => {
  if (!(await ensureFfmpeg({ onProgress: () => {} }).catch(() => undefined))) context.skip('no ffmpeg here')
  const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
  const reported: string[] = []
  const run = await runScenario(quickstart, {
    out: join(folder, 'run'),
    server: 'embedded:tau=1ms,alpha=1ms',
    set: [
      'measure.durationS=0.3',
      'measure.warmupMaxS=0.2',
      'measure.repetitions=1',
      'batching.batchSize=1',
      'video.frames=25',
      // Without an SLO nothing is recommended, and no run confirms it.
      'slo=null',
    ],
    observer: { status: (text) => reported.push(text) },
  })
  expect(run).toBe(join(folder, 'run'))
  expect(reported).toContain('decoding the video')
  const { status, measurements } = await readRun(run)
  expect({ status, complete: measurements.every(({ complete }) => complete) }).toEqual({
    status: 'complete',
    complete: true,
  })
  const analysis = await analyseRun(run)
  expect(analysis.points.every(({ fps }) => (fps?.median ?? 0) > 0)).toBe(true)
  const gate = decideGate({ candidate: analysis, baselines: [analysis], metrics: 'fps:5%' })
  expect(gate.metrics.length).toBeGreaterThan(0)
  for (const { estimate } of gate.metrics) expect(estimate).toBeCloseTo(0)
  for (const stream of printed) {
    expect(stream).not.toHaveBeenCalled()
    stream.mockRestore()
  }
})

test('a run that has ended early is still a run', async (context) => {
  if (!(await ensureFfmpeg({ onProgress: () => {} }).catch(() => undefined))) context.skip('no ffmpeg here')
  const run = await runScenario(quickstart, {
    out: join(folder, 'stopped'),
    server: 'embedded',
    signal: AbortSignal.abort(),
  })
  expect(await readRun(run)).toMatchObject({ status: 'interrupted', measurements: [] })
})

test('a run until it is decided has short windows and a budget', async (context) => {
  if (!(await ensureFfmpeg({ onProgress: () => {} }).catch(() => undefined))) context.skip('no ffmpeg here')
  const planned = async (out: string, untilDecided: boolean | { budgetS: number }) => {
    const run = await runScenario(quickstart, {
      out: join(folder, out),
      server: 'embedded',
      untilDecided,
      signal: AbortSignal.abort(),
    })
    const { plan } = await readRun(run)
    return { race: plan.race, repetitions: new Set(plan.order.map(({ repetition }) => repetition)) }
  }
  expect(await planned('decided', true)).toEqual({ race: { budgetS: 300 }, repetitions: new Set([1]) })
  expect(await planned('soon', { budgetS: 20 })).toMatchObject({ race: { budgetS: 20 } })
  expect((await planned('all', false)).race).toBeUndefined()
  for (const budgetS of [0, Number.NaN, Infinity]) {
    await expect(planned('never', { budgetS })).rejects.toMatchObject({
      exitCode: 2,
      message: 'the budget of a run until it is decided is not valid',
    })
  }
})

test('the gate refuses runs that are not comparable, and says so with the exit code of the command line', async () => {
  const candidate = await analyseRun(golden)
  const other = { ...candidate, plan: { ...candidate.plan, points: candidate.plan.points.slice(1) } }
  const decide = () => decideGate({ candidate, baselines: [other] })
  expect(decide).toThrow(UserError)
  await expect(runScenario('missing.yaml', { out: join(folder, 'missing') })).rejects.toMatchObject({
    exitCode: 2,
  })
})
