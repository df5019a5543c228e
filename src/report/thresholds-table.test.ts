import { analyseMeasurements } from '../analysis/analyse-simulated.test.support.js'
import { expect, test } from 'vitest'
import { Outcome } from '../run/record.js'
import { measurementInput } from '../run/read-measurement.js'
import {
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../analysis/simulated-run.test.support.js'
import { reportHtml } from './html/report-page.js'
import { summaryJson } from './summary-json.js'
import { summaryMarkdown } from './summary-markdown.js'
import { formatTerminalSummary } from './terminal-summary.js'

async function analysisWith(thresholds: string[], { failing = false } = {}) {
  const point = pointOf(1, 'server', 4, closedLoad(16))
  const { record, samples, batches } = simulateMeasurement(point)
  const { outcome, count } = samples.requests
  if (failing) for (let row = 0; row < count; row += 10) outcome[row] = Outcome['http-error']
  const manifest = manifestOf([point], [record])
  manifest.scenario.thresholds = thresholds
  return analyseMeasurements('run', manifest, [measurementInput(manifest, record, samples, { batches })])
}

test('a threshold that fails decides the exit code, in --json too', async () => {
  expect(summaryJson(await analysisWith(['fps >= 5'])).exitCode).toBe(0)
  const json = summaryJson(await analysisWith(['fps >= 5', 'fps >= 500', 'frameLatencyP50Ms < 1']))
  expect(json.exitCode).toBe(1)
  expect(json.thresholds).toMatchObject([
    { threshold: 'fps >= 5', point: 1, verdict: 'PASS' },
    { threshold: 'fps >= 500', point: 1, verdict: 'FAIL' },
    { threshold: 'frameLatencyP50Ms < 1', verdict: 'FAIL', reason: expect.stringContaining('camera load') },
  ])
})

test('a failing point ends with 1, unless a threshold on errorRate accepts what failed', async () => {
  const exitCode = async (...thresholds: string[]) =>
    (await analysisWith(thresholds, { failing: true })).exitCode
  expect(await exitCode()).toBe(1)
  expect(await exitCode('fps >= 5')).toBe(1)
  expect(await exitCode('errorRate <= 0.2')).toBe(0)
  expect(await exitCode('errorRate <= 0.05')).toBe(1)
})

test('thresholds are on the terminal, in summary.md and in report.html', async () => {
  const analysis = await analysisWith(['fps >= 500'])
  for (const text of [
    formatTerminalSummary(analysis),
    summaryMarkdown(analysis),
    (await reportHtml({ ...analysis, files: [] })).replaceAll('&gt;', '>'),
  ])
    for (const part of ['fps', '>= 500', 'server batching 4', 'FAIL'])
      expect(text.replaceAll('&gt;', '>')).toContain(part)
})

test('a run without thresholds has no table of them', async () => {
  const analysis = await analysisWith([])
  expect(summaryMarkdown(analysis)).not.toContain('Thresholds')
})
