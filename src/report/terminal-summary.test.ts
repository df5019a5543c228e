import { analyseMeasurements } from '../analysis/analyse-simulated.test.support.js'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import { measurementInput } from '../run/read-measurement.js'
import {
  cameraLoad,
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../analysis/simulated-run.test.support.js'
import type { Point } from '../scenario/plan/plan.js'
import { groupFindings } from './format/findings.js'
import { reportHtml } from './html/report-page.js'
import { decideRecommendation } from '../capacity/recommend/recommendation.js'
import { rated, slo } from '../capacity/recommend/recommendation.test.support.js'
import { resultsSection } from './html/results-section.js'
import { summaryMarkdown } from './summary-markdown.js'
import { formatTerminalSummary } from './terminal-summary.js'

async function analysis(more: Point[] = []): Promise<RunAnalysis> {
  const points = [
    pointOf(1, 'server', 1, closedLoad(16)),
    pointOf(2, 'client', 8, closedLoad(256)),
    pointOf(3, 'server', 8, cameraLoad(128, 15)),
    pointOf(4, 'hybrid', 8, cameraLoad(8)),
    ...more,
  ]
  const measured = points.map((point) => simulateMeasurement(point))
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  return analyseMeasurements(
    'run',
    manifest,
    measured.map(({ record, samples }) => measurementInput(manifest, record, samples)),
  )
}

test('fits 80 columns, says the verdict and names the simulated server', async () => {
  const text = formatTerminalSummary(await analysis(), { columns: 80, color: false })
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(text).toContain('embedded (simulated)')
  expect(text).toContain('overloaded')
  expect(text).toContain('Ceiling with')
})

test('the run that confirms the recommendation has a row of its own, which is marked, in every table', async () => {
  const run = await analysis([pointOf(5, 'server', 4, cameraLoad(7), { purpose: 'confirming' })])
  const legend = '* Confirming run: the recommended setting, measured after the plan.'
  const text = formatTerminalSummary(run, { columns: 80, color: false })
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(text).toMatch(/^ *5\* .*server +4 +7 × 5 fps.*within-slo$/m)
  expect(text).toContain(legend)
  const markdown = summaryMarkdown(run)
  expect(markdown).toMatch(/^\| 5\\\* \| server 4, delay 50 ms \| 7 × 5 fps \|.*within-slo \| VALID \|/m)
  expect(markdown).toContain(legend.replace('*', String.raw`\*`))
  const page = resultsSection(run).text
  expect(page).toContain('5*')
  expect(page).toContain(legend)
  expect(formatTerminalSummary(await analysis())).not.toContain('Confirming run')
})

test('a disturbed run names its server after what to do', async () => {
  const run = await analysis()
  const disturbance = { points: [1], of: 4, otherCpuShare: 0.3 }
  const text = formatTerminalSummary({ ...run, verdict: { ...run.verdict, disturbance } }, { columns: 80 })
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(/Close them and run again\. Server: embedded \(simulated\)\./)
})

test('the verdict below a recommendation does not repeat that the run is not reliable', async () => {
  const run = await analysis()
  const disturbance = { points: [1], of: 4, otherCpuShare: 0.3 }
  const recommendation = decideRecommendation([rated('server', 4, 9)], {
    ...{ load: cameraLoad(1), slo, leftOut: [], otherQuestions: 0, disturbance },
    confirmationsOf: () => [],
  })
  const disturbed = { ...run, verdict: { ...run.verdict, disturbance }, recommendation, files: [] }
  const page = await reportHtml(disturbed)
  const texts = [
    formatTerminalSummary(disturbed),
    summaryMarkdown(disturbed),
    page.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, ''),
  ]
  for (const text of texts) {
    expect(text.match(/Not\s+reliable/g)).toHaveLength(1)
    expect(text.match(/As\s+measured/g)).toHaveLength(1)
  }
  expect(texts[0]).toMatch(/^Measured: (?!Not)/m)
})

test('files that a spreadsheet would cut are named below the findings', async () => {
  const files = [{ name: 'requests.csv', rows: 1_048_576 }]
  const text = formatTerminalSummary({ ...(await analysis()), files }, { columns: 80 })
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(text.replaceAll(/\s+/g, ' ')).toContain('Files: requests.csv has 1,048,576 rows. Excel opens only')
})

test('without colour there is no escape sequence, and with it only the colours are more', async () => {
  const run = await analysis()
  const plain = formatTerminalSummary(run, { columns: 80, color: false })
  const coloured = formatTerminalSummary(run, { columns: 80, color: true })
  expect(stripVTControlCharacters(plain)).toBe(plain)
  expect(coloured).not.toBe(plain)
  expect(stripVTControlCharacters(coloured)).toBe(plain)
})

test('an INVALID point is marked as such', async () => {
  const run = await analysis()
  for (const point of run.points) point.validity = 'INVALID'
  expect(formatTerminalSummary(run).match(/INVALID/g)).toHaveLength(4)
})

test('findings are said once, with symptom, cause and remedy, INVALID ones first', async () => {
  const run = await analysis()
  const small = run.points[2]!.findings.find(({ name }) => name === 'small-batches') ?? {
    severity: 'note' as const,
    name: 'small-batches' as const,
    symptom: 'Batches are small.',
    cause: 'The delay passed.',
    remedy: 'Raise it.',
    repetitions: [1],
  }
  const late = {
    ...small,
    severity: 'invalid' as const,
    name: 'generator-late' as const,
    symptom: 'Late.',
    cause: 'Busy.',
  }
  for (const [i, point] of run.points.entries()) point.findings = i === 3 ? [small, late] : [small]
  const said = groupFindings(run.points).map(({ text }) => text)
  expect(said).toEqual([
    `INVALID, point 4: Late. Busy. ${late.remedy}`,
    `note, points 1, 2, 3, 4: ${small.symptom} ${small.cause} ${small.remedy}`,
  ])
  // Of several agents, the first is described and the others are named.
  const at = (site: string) => ({ ...late, site, symptom: `Agent ${site}: Late.` })
  run.points[3]!.findings = [at('a'), at('b'), at('b'), at('c')]
  expect(groupFindings(run.points)[0]!.text).toBe(
    `INVALID, point 4: Agent a: Late. Busy. ${late.remedy} The same at agents b, c.`,
  )
  for (const line of formatTerminalSummary(run).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})
