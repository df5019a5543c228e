import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { analyseRun } from '../analysis/analyse-run.js'
import { openRunMeasurer } from '../measure/run-measurer.js'
import { pointOn, syntheticClip } from '../measure/testing/one-point.test.support.js'
import { schemaVersion } from '../run/manifest.js'
import { createRun } from '../run/run-writer.js'
import type { EmbeddedSettings, UrlSettings } from '../scenario/plan/plan.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { pointRows } from './csv/points-columns.js'
import { formatVerdict } from './format/verdict.js'
import { narrowResultsTable, resultsTable } from './results-table.js'
import { cellText } from './table/table.js'

const embedded: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1 }
const signal = new AbortController().signal

test(
  'a run over two servers says of each row which one it was measured on',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'framestorm-servers-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const measure = { warmupMaxS: 0.1, durationS: 0.3, repetitions: 1, deadlineMs: 20_000 }
    const { model } = pointOn(embedded)
    const remote = await startEmbedded(embedded, model, {
      batching: { serverBatchSize: 1, workers: 1 },
      signal,
    })
    onTestFinished(() => remote.stop())
    const { host, port } = remote.endpoint
    const url: UrlSettings = { kind: 'url', inferenceUrl: `http://${host}:${port}`, manage: false }
    const points = [
      pointOn(embedded, {}, { id: 1, measure }),
      pointOn(url, {}, { id: 2, measure, model: { ...model, answer: {} } }),
      pointOn(embedded, {}, { id: 3, measure, load: { kind: 'closed', framesInFlight: 4 } }),
    ]
    const order = points.map(({ id }) => ({ point: id, repetition: 1, phaseSeed: 1 }))
    const run = await createRun(join(folder, 'run'), {
      schemaVersion,
      framestormVersion: '0.1.0',
      startedAt: '2026-01-02T03:04:05.000Z',
      status: 'running',
      scenario: { name: 'two servers', text: '', hash: '' },
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
    const { headline } = formatVerdict(analysis)
    const { server, otherServers } = analysis.verdict
    const [answered, rest] = [server!.label, otherServers!.map(({ label }) => label)]
    expect([answered, ...rest].toSorted()).toEqual([own, other])
    expect(headline.startsWith(`${answered}: `)).toBe(true)
    expect(headline.endsWith(`not compared with ${rest[0]}`)).toBe(true)
    // The rival of a mode on one server is never a mode on the other.
    const compared = [
      analysis.verdict.ceiling,
      ...analysis.verdict.bySize.map(({ comparison }) => comparison),
    ]
    for (const comparison of compared)
      expect(
        new Set(
          comparison!.points.map((id) => analysis.points.find(({ point }) => point.id === id)!.server!.label),
        ).size,
      ).toBe(1)
  },
)
