import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RecommendedRun } from '../capacity/recommend/recommended-run.js'
import { cameraLoad, closedLoad, pointOf } from '../analysis/simulated-run.test.support.js'
import { writeSimulatedRun } from '../analysis/simulated-run-folder.test.support.js'
import { agentsOf, splitIntoSites } from '../analysis/sites.test.support.js'
import { isDrawn } from './plots/figure.js'
import { figureGroups } from './plots/report-figures.js'
import { summaryJson } from './summary-json.js'
import { formatTerminalSummary } from './terminal-summary.js'
import { openRunOutputs } from './write-run-outputs.js'

const measure = { warmupMaxS: 1, durationS: 10, repetitions: 2, deadlineMs: 5000 }
const points = [
  pointOf(1, 'server', 4, closedLoad(12), { measure }),
  pointOf(2, 'server', 4, cameraLoad(6), { measure }),
]

let folder: string
let analysis: RecommendedRun

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-sites-'))
  await writeSimulatedRun(folder, points, 2, undefined, (measurement, point) =>
    splitIntoSites(measurement, point, agentsOf(point, { north: 1, south: 1, island: 1 }), { island: 120 }),
  )
  analysis = await openRunOutputs(folder).end()
})

afterAll(() => rm(folder, { recursive: true }))

const outputOf = (name: string) => readFile(join(folder, name), 'utf8')

test('points.csv has a row for each measurement, and one for each of its sites, which add up to it', async () => {
  const [head, ...lines] = (await outputOf('points.csv')).trimEnd().split('\n')
  const names = head!.split(',')
  const rows = lines.map((line) => new Map(line.split(',').map((cell, i) => [names[i]!, cell])))
  expect(rows.map((row) => row.get('site'))).toEqual(
    [1, 2, 3, 4].flatMap(() => ['', 'north', 'south', 'island']),
  )
  for (const column of ['framesScheduled', 'framesOk', 'latencySamples']) {
    const values = rows.map((row) => Number(row.get(column)))
    for (let row = 0; row < rows.length; row += 4)
      expect(values[row]).toBe(values[row + 1]! + values[row + 2]! + values[row + 3]!)
  }
  expect(new Set(rows.map((row) => row.get('networkBasis')))).toEqual(new Set(['counters']))
})

test('--json has the same rows', () => {
  const { points: rows } = summaryJson(analysis)
  expect(rows.map((row) => row['site'])).toEqual(
    [1, 2, 3, 4].flatMap(() => [undefined, 'north', 'south', 'island']),
  )
})

const sentence =
  /island is the slowest site at points 1, 2: its p9[59]( and p9[59])? of request latency and frame latency is \d\.\d\d× to \d\.\d\d× that of the fastest site\. The network takes 1\d\d to 1\d\d ms of its mean request latency of \d+ to \d+ ms\./

test('the terminal says which site is the slowest, and how much of that is the network', () => {
  const text = formatTerminalSummary(analysis)
  expect(text.replaceAll('\n', ' ')).toMatch(sentence)
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(text).toMatch(/^ +2 {2}island .* VALID$/m)
})

test('summary.md and report.html have the table of sites, the slowest first', async () => {
  const markdown = await outputOf('summary.md')
  expect(markdown).toContain('## Results by site')
  expect(markdown).toMatch(sentence)
  expect(markdown.indexOf('| 2 | island |')).toBeLessThan(markdown.indexOf('| 2 | north |'))
  const html = await outputOf('report.html')
  expect(html).toContain('<h2 id="sites">Results by site</h2>')
  expect(html).toContain('<b>island</b>')
})

test('two plots compare the sites', () => {
  const group = figureGroups(analysis).find(({ id }) => id === 'which-site')!
  expect(group.figures.filter(isDrawn).map(({ id }) => id)).toEqual(['latency-by-site', 'network-by-site'])
})

test('a run without agents has none of this', async () => {
  const alone = await mkdtemp(join(tmpdir(), 'framestorm-alone-'))
  try {
    await writeSimulatedRun(alone, points, 1)
    const one = await openRunOutputs(alone).end()
    const texts = [
      formatTerminalSummary(one),
      await readFile(join(alone, 'summary.md'), 'utf8'),
      (await readFile(join(alone, 'report.html'), 'utf8')).split('<script')[0]!,
    ]
    for (const text of texts) expect(text).not.toMatch(/\bsites?\b|\bagents?\b|start skew/i)
    expect(figureGroups(one).map(({ id }) => id)).not.toContain('which-site')
  } finally {
    await rm(alone, { recursive: true })
  }
})
