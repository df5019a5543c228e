import { create } from 'xmlbuilder2'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import type { MetricVerdict } from '../../gate/decision/metric-decision.js'
import type { ThresholdResult } from '../../analysis/thresholds.js'
import { formatChangeInterval, formatMetricName, gateHeadline, metricsTable } from './gate-tables.js'
import { cellText } from '../table/table.js'
import { formatPoint } from '../format/format.js'
import { formatMeasured, formatReason } from '../thresholds-table.js'

interface TestCase {
  name: string
  classname: string
  verdict: MetricVerdict | 'INVALID'
  message: string
  details: string
}

/**
 * One test case per metric and per threshold, inconclusive ones skipped, and one for the validity of the measurements.
 * The format is valid under the XSDs of Jenkins' xUnit plugin (junit-4 and junit-10) and of Maven Surefire: one
 * `testsuite` as the root, each `skipped` without attributes.
 */
export function junitXml(result: GateResult): string {
  const cases = [
    validityCase(result),
    ...result.metrics.map(metricCase),
    ...result.thresholds.map(thresholdCase),
  ]
  const count = (verdict: TestCase['verdict']) =>
    String(cases.filter((each) => each.verdict === verdict).length)
  // Surefire's schema requires a time, even if nothing was measured.
  const { scenario, baseline, candidate, verdict, exitCode, durationS = 0 } = result
  const suite = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '�' }).ele('testsuite', {
    name: `framestorm gate: ${scenario}`,
    tests: String(cases.length),
    failures: count('FAIL'),
    errors: count('INVALID'),
    skipped: count('INCONCLUSIVE'),
    time: durationS.toFixed(3),
  })
  const properties = suite.ele('properties')
  for (const [name, value] of Object.entries({ baseline, candidate, verdict, exitCode: String(exitCode) }))
    properties.ele('property', { name, value })
  for (const each of cases) addCase(suite, each, scenario)
  return suite.end({ prettyPrint: true })
}

function addCase(
  suite: ReturnType<ReturnType<typeof create>['ele']>,
  { name, classname, verdict, message, details }: TestCase,
  scenario: string,
): void {
  // The gate's time belongs to all cases together, but Surefire's schema requires a figure for each.
  const element = suite.ele('testcase', { name, classname: `${scenario}.${classname}`, time: '0.000' })
  if (verdict === 'INCONCLUSIVE') element.ele('skipped').txt(message)
  if (verdict === 'INVALID') element.ele('error', { type: 'INVALID', message }).txt(details)
  if (verdict === 'FAIL') element.ele('failure', { type: 'FAIL', message }).txt(details)
}

function validityCase(result: GateResult): TestCase {
  const invalid = result.verdict === 'INVALID'
  return {
    name: 'measurements are valid',
    classname: 'validity',
    verdict: invalid ? 'INVALID' : 'PASS',
    message: invalid ? gateHeadline(result) : '',
    details: result.notes.join('\n'),
  }
}

function metricCase(decision: PointDecision): TestCase {
  const { columns, rows } = metricsTable([decision])
  const cells = columns.map(({ header }, i) => `${header}: ${cellText(rows[0]![i]!)}`)
  return {
    name: formatMetricName(decision),
    classname: 'metrics',
    verdict: decision.verdict,
    message: decision.reason ?? `${cells[3]} (${formatChangeInterval(decision)}), ${cells[5]}`,
    details: cells.join('\n'),
  }
}

function thresholdCase(result: ThresholdResult): TestCase {
  const { threshold, point, verdict } = result
  const measured = `measured: ${formatMeasured(result)}`
  return {
    name: point === undefined ? threshold.text : `${threshold.text}, ${formatPoint(point)}`,
    classname: 'thresholds',
    verdict,
    message: measured,
    details: formatReason(result) ?? measured,
  }
}
