import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packageRoot } from '../../system/package-root.js'
import { gatedMetric } from '../../gate/gated-metric.js'
import type { GateResult } from '../../gate/gate-result.js'
import { closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import { parseThreshold } from '../../scenario/grammar/threshold.js'
import { bencherMetricFormat, benchmarkActionJson, writeOutputs } from './write-gate-outputs.js'
import { gateHtml } from './gate-page.js'
import { gateJson } from './gate-json.js'
import { gateText } from './gate-text.js'
import { metricChanges, metricsTable } from './gate-tables.js'
import { modeColour } from '../plots/series.js'
import { pairsFigures } from './pairs-figures.js'
import { cellText } from '../table/table.js'
import { junitXml } from './junit-xml.js'
import { gateMarkdown } from './gate-markdown.js'

const point = pointOf(1, 'server', 4, closedLoad(8))

const failing: GateResult = {
  verdict: 'FAIL',
  exitCode: 1,
  kind: 'live',
  scenario: 'night <b>sweep</b> & | `x`\u0001',
  baseline: 'http://127.0.0.1:8080',
  candidate: 'http://127.0.0.1:9080',
  metrics: [
    {
      metric: gatedMetric('fps'),
      verdict: 'FAIL',
      pairs: 8,
      baseline: 37.2,
      candidate: 33.5,
      candidateInterval: { low: 33, high: 34 },
      estimate: Math.log(1.1),
      low: Math.log(1.08),
      high: Math.log(1.12),
      floor: Math.log(1.03),
      noise: Math.log(1.01),
      minimumDetectableEffect: Math.log(1.04),
    },
    {
      metric: gatedMetric('requestLatencyP99Ms'),
      verdict: 'INCONCLUSIVE',
      pairs: 0,
      floor: Math.log(1.1),
      reason: 'too few requests: a p99 takes 368, a repetition had 100; measure.durationS: 41 would do',
    },
    {
      metric: gatedMetric('errorRate'),
      verdict: 'PASS',
      pairs: 8,
      baseline: 0,
      candidate: 0.0002,
      estimate: 0.0002,
      low: 0,
      high: 0.0004,
      floor: 0.001,
    },
  ],
  thresholds: [
    {
      threshold: parseThreshold('fps >= 30'),
      point,
      value: 33.5,
      verdict: 'PASS',
    },
    {
      threshold: parseThreshold('errorRate < 0.01%'),
      point,
      value: 0.0002,
      verdict: 'FAIL',
    },
  ],
  pairs: 8,
  measuredPairs: Array.from({ length: 8 }, (_, i) => ({
    baseline: { values: { fps: 37 + i / 10 }, requestsOk: 300, durationS: 10, invalid: [] },
    candidate: { values: { fps: 33 + i / 10 }, requestsOk: 300, durationS: 10, invalid: [] },
  })),
  notes: ['pair discarded (invalid measurement): candidate load thread saturated'],
  startedAt: '2026-01-02T03:04:05.000Z',
  durationS: 123.4567,
}
const passing: GateResult = {
  ...failing,
  verdict: 'PASS',
  exitCode: 0,
  metrics: [failing.metrics[2]!],
  thresholds: [],
  notes: [],
}
const invalid: GateResult = { ...failing, verdict: 'INVALID', exitCode: 4, metrics: [], thresholds: [] }

describe('JUnit XML', () => {
  const schemaFile = join(packageRoot, 'fixtures/junit/jenkins-junit.xsd')

  test.each([
    ['failing', failing],
    ['passing', passing],
    ['invalid', invalid],
  ])("of a %s gate is valid against Jenkins' schema", async (_, result) => {
    using schema = XmlDocument.fromString(await readFile(schemaFile, 'utf8'))
    using validator = XsdValidator.fromDoc(schema)
    using document = XmlDocument.fromString(junitXml(result))
    expect(() => validator.validate(document)).not.toThrow()
  })

  test('has a case for each metric and threshold, inconclusive ones skipped', () => {
    using document = XmlDocument.fromString(junitXml(failing))
    const count = (path: string) => document.find(path).length
    expect(count('/testsuite/testcase')).toBe(6)
    expect(count('//failure')).toBe(2)
    expect(count('//skipped')).toBe(1)
    expect(document.get('//skipped')?.content).toContain('durationS: 41')
    expect(count('/testsuite[@tests="6"][@failures="2"][@skipped="1"][@errors="0"]')).toBe(1)
  })

  test('reports measurements that cannot be trusted as an error, neither as passed nor as failed', () => {
    using document = XmlDocument.fromString(junitXml(invalid))
    expect(document.find('//error')).toHaveLength(1)
    expect(document.find('//failure')).toHaveLength(0)
  })
})

test('the JSON keeps its documented fields and only finite numbers', () => {
  expect(JSON.parse(JSON.stringify(gateJson(failing)))).toMatchObject({
    exitCode: 1,
    verdict: 'FAIL',
    pairs: 8,
    metrics: [
      {
        metric: 'fps',
        verdict: 'FAIL',
        baseline: 37.2,
        worseByPercent: 9.091,
        floorPercent: 2.913,
        pairs: 8,
      },
      { metric: 'requestLatencyP99Ms', verdict: 'INCONCLUSIVE' },
      { metric: 'errorRate', verdict: 'PASS', worseByPercent: 0.02, floorPercent: 0.1 },
    ],
    thresholds: [
      { threshold: 'fps >= 30', verdict: 'PASS', value: 33.5 },
      { threshold: 'errorRate < 0.01%', verdict: 'FAIL' },
    ],
  })
  expect(JSON.stringify(gateJson(failing))).not.toContain('null')
})

test('a metric that lateness decides says so everywhere, and its JSON has both verdicts with their figures', () => {
  const [fps] = failing.metrics
  const late: GateResult = {
    ...failing,
    verdict: 'INVALID',
    exitCode: 4,
    metrics: [
      {
        ...fps!,
        verdict: 'INVALID',
        verdictAsMeasured: 'FAIL',
        withoutLateness: { ...fps!, verdict: 'PASS', candidate: 37, estimate: Math.log(1.01) },
        reason: 'FAIL as measured',
      },
    ],
    thresholds: [],
    notes: [],
  }
  expect(JSON.parse(JSON.stringify(gateJson(late)))).toMatchObject({
    verdict: 'INVALID',
    metrics: [
      {
        verdict: 'INVALID',
        verdictAsMeasured: 'FAIL',
        worseByPercent: 9.091,
        withoutLateness: { verdict: 'PASS', candidate: 37, worseByPercent: 0.99 },
      },
    ],
  })
  expect(gateText(late)).toContain('INVALID: the lateness of the load generator decides fps')
  using document = XmlDocument.fromString(junitXml(late))
  expect(document.find('//error')).toHaveLength(2)
})

test('the step summary shows what a scenario is called and lets none of it act as HTML or as a table', () => {
  const markdown = gateMarkdown(failing)
  expect(markdown).toContain('&lt;b&gt;sweep&lt;/b&gt; &amp; \\| \\`x\\`')
  expect(markdown).toContain(
    '| fps | FAIL | 37.2 fps | 33.5 fps | −9.1 % | −10.7 % to −7.4 % | −2.9 % | −3.8 % |',
  )
  expect(markdown).toContain('measure.durationS: 41 would do')
  const rows = markdown.split('\n').filter((line) => line.startsWith('| '))
  expect(rows).toHaveLength(2 + 3 + 2 + 2)
})

test('the terminal shows verdict, figures, reasons and notes', () => {
  const text = gateText(failing)
  expect(text).toContain('FAIL: fps −9.1 % (37.2 fps → 33.5 fps); threshold "errorRate < 0.01%" not met')
  expect(text).toContain('−10.7 % to −7.4 %')
  expect(text).toContain('- requestLatencyP99Ms: too few requests')
  expect(text).toContain('- pair discarded')
})

test('percentages are of what the column says: 37.69 fps that become 33.77 fps are 10.4 % less', () => {
  const [metric] = failing.metrics
  const decision = {
    ...metric!,
    baseline: 37.69,
    candidate: 33.77,
    estimate: Math.log(37.69 / 33.77),
    low: Math.log(1.1),
    high: Math.log(1.13),
  }
  const { columns, rows } = metricsTable([decision])
  const cells = Object.fromEntries(columns.map(({ header }, i) => [header, cellText(rows[0]![i]!)]))
  expect(cells).toMatchObject({ change: '−10.4 %', interval: '−11.5 % to −9.1 %' })
})

test('a latency that grows is a positive change, and so is what counts and what is detectable', () => {
  const [metric] = failing.metrics
  const decision = { ...metric!, metric: gatedMetric('requestLatencyP50Ms'), baseline: 100, candidate: 110 }
  expect(metricChanges(decision).change).toBeCloseTo(10)
  expect(metricChanges(decision).smallestThatCounts).toBeCloseTo(3)
  expect(metricChanges(decision).smallestDetectable).toBeCloseTo(4)
})

test('every output explains what counts and what is detectable, and says gate and scenario once', async () => {
  const named = { ...failing, scenario: 'gate' }
  const page = (await gateHtml(named)).replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
  for (const text of [gateMarkdown(named), gateText(named), page]) {
    expect(text).toContain('smallest change that counts')
    expect(text).toContain('may have been missed')
    expect(text).not.toMatch(/gate gate|\bfloor\b|finds from/)
  }
})

test('baseline and candidate have no colour of a batching mode', () => {
  const figures = JSON.stringify(pairsFigures(failing).flatMap((group) => group.figures))
  for (const colour of Object.values(modeColour)) expect(figures).not.toContain(colour)
})

test('the A/B page shows every pair, also as a table, and lets no name act as markup', async () => {
  const page = await gateHtml(failing)
  expect(page).toContain('How much did fps change in each pair?')
  expect(page).toContain('id="plot-changes-of-fps"')
  expect(page).toContain('id="plot-sides-of-fps"')
  expect(page).toContain('night &lt;b&gt;sweep&lt;/b&gt;')
  expect(page).not.toContain('<b>sweep')
  expect(page).not.toContain('plot-changes-of-errorRate')
})

test('github-action-benchmark gets each direction in its own file', () => {
  const { customBiggerIsBetter, customSmallerIsBetter } = benchmarkActionJson(failing)
  expect(customBiggerIsBetter).toMatchObject([{ unit: 'fps', value: 33.5, range: '± 0.5' }])
  expect(customSmallerIsBetter).toMatchObject([{ unit: '%', value: 0.02 }])
})

test('Bencher gets a benchmark with a measure for each known metric', () => {
  expect(bencherMetricFormat({ ...failing, scenario: 'night' })).toEqual({
    night: {
      fps: { value: 33.5, lower_value: 33, upper_value: 34 },
      errorRate: { value: 0.0002 },
    },
  })
})

describe('on disk', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-gate-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('every output lies in one folder, and the summary is appended where GitHub asks for it', async () => {
    const summary = join(folder, 'summary.md')
    await writeOutputs(failing, join(folder, 'out'), { GITHUB_STEP_SUMMARY: summary })
    await writeOutputs(passing, join(folder, 'out'), { GITHUB_STEP_SUMMARY: summary })
    expect((await readdir(join(folder, 'out'))).toSorted()).toEqual([
      'bencher.json',
      'benchmark-bigger-is-better.json',
      'benchmark-smaller-is-better.json',
      'gate.html',
      'gate.json',
      'gate.md',
      'junit.xml',
    ])
    expect((await readFile(summary, 'utf8')).match(/^## /gm)).toHaveLength(2)
  })

  test('without GitHub nothing else is written', async () => {
    await writeOutputs(passing, join(folder, 'out'), {})
    expect(await readdir(folder)).toEqual(['out'])
  })
})
