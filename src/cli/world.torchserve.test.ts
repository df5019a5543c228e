import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { analyseRun, type RunAnalysis } from '../analysis/analyse-run.js'
import { packageRoot } from '../system/package-root.js'
import { framestorm, temporaryFolder } from './testing/framestorm.test.support.js'

/*
 * Models of other kinds than the included one, on the real TorchServe: each has a handler and a scenario in
 * fixtures/world.
 */

interface Measured {
  code: number | null
  stdout: string
  stderr: string
  out: string
  analysis: RunAnalysis
}

async function measure(name: string, ...set: string[]): Promise<Measured> {
  const out = join(await temporaryFolder(), name)
  const scenario = join(packageRoot, 'fixtures', 'world', `${name}.yaml`)
  const flags = ['measure.durationS=1.5', 'measure.warmupMaxS=0.5', ...set].flatMap((text) => ['--set', text])
  const ended = await framestorm(['bench', scenario, '--out', out, ...flags])
  return { ...ended, out, analysis: await analyseRun(out) }
}

/** Whether the machine was busy is not what these tests are about. */
const measuredCodes = [0, 4]

function references({ analysis }: Measured): object[] {
  return analysis.subjects.map(({ answerReference }) => answerReference!)
}

/** Every frame was answered, and no answer was found wrong. */
function expectAllCorrect({ analysis }: Measured, modes: string[]): void {
  expect(new Set(analysis.points.map(({ point }) => point.batching.mode))).toEqual(new Set(modes))
  for (const { answers, counts } of analysis.measurements) {
    expect(counts.byOutcome['bad-response'] + counts.byOutcome['http-error']).toBe(0)
    expect(answers).toMatchObject({ wrong: 0 })
    expect(answers!.compared).toBeGreaterThan(0)
  }
}

describe('a model of another kind', { timeout: 300_000 }, () => {
  test('a detector that answers 0 to 12 boxes per frame', async () => {
    const run = await measure('detector', 'load={ kind: closed, framesInFlight: 8 }')
    expect(measuredCodes).toContain(run.code)
    expectAllCorrect(run, ['server', 'client'])
    for (const reference of references(run))
      expect(reference).toMatchObject({ state: 'on', shape: { list: '' }, compared: 'numbers' })
  })

  test('JSON only, with a constant field', async () => {
    const run = await measure('json-only')
    expect(measuredCodes).toContain(run.code)
    expectAllCorrect(run, ['server', 'client'])
    expect(references(run)[0]).toMatchObject({ state: 'on', shape: { list: '/predictions' } })
    expect(new Set(run.analysis.points.map(({ point }) => point.batching.encoding))).toEqual(
      new Set(['base64']),
    )
  })

  test('nested JSON with data URLs', async () => {
    const run = await measure('nested')
    expect(measuredCodes).toContain(run.code)
    expectAllCorrect(run, ['server', 'client'])
  })

  test('a clip of 8 frames with one answer, alone and in batches', async () => {
    const run = await measure('clip')
    expect(measuredCodes).toContain(run.code)
    expectAllCorrect(run, ['client', 'hybrid'])
    for (const reference of references(run)) expect(reference).toMatchObject({ shape: { perRequest: true } })
    for (const { fps, requestLatency, durationS } of run.analysis.measurements)
      expect((fps * durationS) / requestLatency.samples).toBeCloseTo(8, 0)
  })

  test('a handler that fails in batches is failing there, with the words of the server, and is no headline', async () => {
    const run = await measure('fails-batched')
    expect([1, 4]).toContain(run.code)
    expect(run.analysis.points.map(({ outcome }) => outcome)).toEqual([undefined, 'failing'])
    expect(run.stdout).toContain('number of batch re')
    // On a busy machine the headline begins with that, and the ceiling follows.
    expect(run.stdout).toContain('Ceiling: no batching')
    expect(run.stdout).toMatch(/\(point\s+2\)\s+failed/)
    const failures = parse<Record<string, string>>(await readFile(join(run.out, 'failures.csv')), {
      columns: true,
    })
    expect(failures[0]).toMatchObject({ point: '2', status: '503' })
    expect(failures[0]!['message']).toContain('number of batch response mismatched')
  })

  test('a time and an id in the answer are left out of the comparison and named', async () => {
    const run = await measure('timed')
    expect(measuredCodes).toContain(run.code)
    expectAllCorrect(run, ['server', 'client'])
    for (const reference of references(run))
      expect(reference).toMatchObject({ state: 'on', ignored: ['/time', '/inference_id'] })
    expect(await readFile(join(run.out, 'report.html'), 'utf8')).toContain('/inference_id')
  })

  test('a handler that mixes up frames is found, although its answer contains a time', async () => {
    const run = await measure('mixing')
    expect(run.code).toBe(4)
    const batched = run.analysis.points.find(({ point }) => point.batching.serverBatchSize > 1)!
    expect(batched.validity).toBe('INVALID')
    expect(batched.findings.map(({ name }) => name)).toContain('wrong-answers')
    expect(references(run)).toContainEqual(expect.objectContaining({ ignored: ['/time'] }))
  })
})
