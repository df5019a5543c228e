import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { analyseRun } from '../analysis/analyse-run.js'
import { openRunMeasurer } from '../measure/run-measurer.js'
import { pointOn, syntheticClip } from '../measure/testing/one-point.test.support.js'
import { schemaVersion } from '../run/manifest.js'
import { createRun, type RunWriter } from '../run/run-writer.js'
import type { EmbeddedSettings, Point, UrlSettings } from '../scenario/plan/plan.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { pointRows } from './csv/points-columns.js'
import { formatVerdict } from './format/verdict.js'
import { narrowResultsTable, resultsTable } from './results-table.js'
import { summaryJson } from './summary-json.js'
import { cellText } from './table/table.js'
import { formatTerminalSummary } from './terminal-summary.js'
import { thresholdsTable } from './thresholds-table.js'
import { openRunOutputs } from './write-run-outputs.js'

const embedded: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1 }
const signal = new AbortController().signal

const measure = { warmupMaxS: 0.1, durationS: 0.3, repetitions: 1, deadlineMs: 20_000 }

/** Measures each point once, on the server that it names. */
async function measured(points: Point[], thresholds: string[] = []): Promise<RunWriter> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-servers-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const order = points.map(({ id }) => ({ point: id, repetition: 1, phaseSeed: 1 }))
  const run = await createRun(join(folder, 'run'), {
    schemaVersion,
    framestormVersion: '0.1.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    status: 'running',
    scenario: { name: 'two servers', text: '', hash: '', thresholds },
    plan: { points, order, impossible: [], merged: [], seed: 1, expectedS: 2 },
    seed: 1,
    environment: {},
    encodingCosts: [],
    measurements: [],
  })
  const measurer = await openRunMeasurer(run, {
    signal,
    onStatus: () => undefined,
    onLoadProgress: () => undefined,
    clips: () => Promise.resolve(syntheticClip(12)),
  })
  try {
    for (const [i, point] of points.entries()) await measurer.measure(point, order[i]!)
  } finally {
    await measurer.end('complete')
  }
  return run
}

test('a run over two servers says of each row which one it was measured on', async () => {
  const { model } = pointOn(embedded)
  const remote = await startEmbedded(embedded, model, {
    batching: { serverBatchSize: 1, workers: 1 },
    signal,
  })
  onTestFinished(() => remote.stop())
  const { host, port } = remote.endpoint
  const url: UrlSettings = {
    kind: 'url',
    api: 'torchserve',
    inferenceUrl: `http://${host}:${port}`,
    manage: false,
  }
  const run = await measured([
    pointOn(embedded, {}, { id: 1, measure }),
    pointOn(url, {}, { id: 2, measure, model: { ...model, answer: 'none' } }),
    pointOn(embedded, {}, { id: 3, measure, load: { kind: 'closed', framesInFlight: 4 } }),
  ])
  const analysis = await analyseRun(run.folder)
  const [own, other] = ['embedded (simulated)', `embedded (simulated) at ${host}:${port}`]
  expect(pointRows(analysis).map(({ server }) => server)).toEqual([own, other, own])
  expect(run.manifest.measurements.map(({ answerReference }) => answerReference!.state)).toEqual([
    'on',
    'off',
    'on',
  ])
  for (const table of [
    resultsTable('Closed load', { analysis, kind: 'closed' }),
    narrowResultsTable({ analysis, kind: 'closed' }, { wide: false }),
  ]) {
    const column = table!.columns.findIndex(({ header }) => header === 'server')
    expect(table!.rows.map((row) => cellText(row[column]!))).toEqual([own, other, own])
  }
  // Other programs may use the machine meanwhile, and the headline would say only that.
  const { headline } = formatVerdict({
    ...analysis,
    verdict: { ...analysis.verdict, disturbance: undefined },
  })
  const { server, otherServers } = analysis.verdict
  const [answered, rest] = [server, otherServers!]
  expect(new Set([answered, ...rest])).toEqual(new Set([own, other]))
  expect(headline.startsWith(`${answered}: `)).toBe(true)
  expect(headline.endsWith(`not compared with ${rest[0]}`)).toBe(true)
  // The rival of a mode on one server is never a mode on the other.
  const compared = [analysis.verdict.ceiling, ...analysis.verdict.bySize.map(({ comparison }) => comparison)]
  for (const comparison of compared)
    expect(
      new Set(
        comparison!.points.map((id) => analysis.points.find(({ point }) => point.id === id)!.server!.label),
      ).size,
    ).toBe(1)
})

test('two embedded servers are distinguished by their settings in every output of the run', async () => {
  const run = await measured(
    [
      pointOn(embedded, {}, { id: 1, measure }),
      pointOn({ ...embedded, tauMs: 4 }, {}, { id: 2, measure }),
      pointOn({ ...embedded, workers: 2 }, {}, { id: 3, measure }),
    ],
    ['fps > 1'],
  )
  const analysis = await openRunOutputs(run.folder).end()
  const [fast, slow] = ['embedded (simulated) with tauMs=1', 'embedded (simulated) with tauMs=4']
  expect(summaryJson(analysis).points.map(({ server }) => server)).toEqual([fast, slow, fast])
  expect(analysis.serviceTimes.map(({ server }) => server)).toEqual([fast, slow])
  const [csv, markdown, page] = await Promise.all(
    ['points.csv', 'summary.md', 'report.html'].map((name) => readFile(join(run.folder, name), 'utf8')),
  )
  const terminal = formatTerminalSummary(analysis)
  for (const text of [csv!, markdown!.replaceAll('\\', ''), page!, terminal])
    for (const server of [fast, slow])
      expect(text.split(server).length - 1).toBeGreaterThan(server === fast ? 1 : 0)
  // A threshold names the server of its point too.
  const table = thresholdsTable(analysis.thresholds)
  const points = table.rows.map((row) => cellText(row[1]!))
  expect(new Set(points).size).toBe(3)
  // The headline names the servers, so they are not repeated behind it.
  expect(terminal).not.toContain(`${slow} (`)
})
