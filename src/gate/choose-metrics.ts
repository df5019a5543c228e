import { UserError } from '../system/user-error.js'
import { nearestName } from '../scenario/text/nearest-name.js'
import type { LoadSettings, SloSettings } from '../scenario/schema/settings.js'
import { gateDesign } from './decision/gate-design.js'
import type { GatedMetric, GatedMetricName } from './gated-metric.js'
import { gatedMetricNames, gatedMetrics } from './gated-metric.js'

/**
 * What is gated where the user names nothing: throughput, median, tail and errors, and goodput where there is an
 * SLO. Closed load captures no frames, so its latencies are those of requests.
 */
export function defaultMetrics(load: LoadSettings, slo: SloSettings | undefined): GatedMetric[] {
  const goodput: GatedMetricName[] = slo === undefined ? [] : ['goodputFps']
  const latency: GatedMetricName[] =
    load.kind === 'closed'
      ? ['requestLatencyP50Ms', 'requestLatencyP99Ms']
      : ['frameLatencyP50Ms', 'frameLatencyP99Ms']
  return (['fps', ...goodput, ...latency, 'errorRate'] as const).map((name) => gatedMetrics[name])
}

/**
 * Reads `--metrics`: names separated by commas, each with its own floor where one is given, such as
 * `fps:5%,requestLatencyP99Ms`.
 */
export function parseMetrics(text: string): GatedMetric[] {
  const metrics = text.split(',').map((part) => parseMetric(part.trim()))
  const ratios = metrics.filter(({ compare }) => compare === 'ratio')
  if (new Set(metrics.map(({ name }) => name)).size < metrics.length)
    throw new UserError('a metric is named twice', { where: '--metrics', received: text })
  if (ratios.length > gateDesign.maxMetrics) {
    throw new UserError(`more than ${gateDesign.maxMetrics} metrics are gated`, {
      where: '--metrics',
      expected: `at most ${gateDesign.maxMetrics} besides errorRate: each one widens the intervals of the others`,
      received: text,
    })
  }
  return metrics
}

function parseMetric(text: string): GatedMetric {
  const [name = '', floor] = text.split(':')
  const known = gatedMetricNames.find((each) => each === name)
  if (known === undefined) {
    const nearest = nearestName(name, gatedMetricNames)
    throw new UserError(`there is no metric ${JSON.stringify(name)} to gate`, {
      where: '--metrics',
      expected: `one of ${gatedMetricNames.join(', ')}`,
      ...(nearest !== undefined && { remedy: `Did you mean ${nearest}?` }),
    })
  }
  return floor === undefined
    ? gatedMetrics[known]
    : { ...gatedMetrics[known], floor: parseFloor(floor, text) }
}

function parseFloor(text: string, whole: string): number {
  const percent = /^\d+(\.\d+)?%$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (percent > 0 && percent < 100) return percent / 100
  throw new UserError('a floor is no percentage', {
    where: `--metrics ${whole}`,
    expected: 'a number between 0 and 100 followed by %, such as fps:5%',
    received: text,
  })
}
