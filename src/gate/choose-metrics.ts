import { UserError } from '../system/user-error.js'
import { nearestName } from '../scenario/text/nearest-name.js'
import type { LoadSettings, SloSettings } from '../scenario/plan/plan.js'
import { gateDesign } from './decision/gate-design.js'
import { type Metric, metrics } from '../scenario/grammar/metric.js'
import { gatedMetrics, type GatedMetric } from './gated-metric.js'

/**
 * The metrics that are gated by default: throughput, median, tail and errors, and goodput if there is an SLO. Closed load
 * captures no frames, so its latencies are those of requests.
 */
export function defaultMetrics(load: LoadSettings, slo: SloSettings | undefined): GatedMetric[] {
  const latency = load.kind === 'closed' ? 'requestLatency' : 'frameLatency'
  return gatedMetrics.filter(({ name }) => {
    const { from }: Metric = metrics[name]
    if ('latency' in from) return from.latency === latency && from.percentile !== 'p95'
    return name !== 'goodputFps' || slo !== undefined
  })
}

/**
 * Reads `--metrics`: names separated by commas, each with an optional floor, such as `fps:5%,requestLatencyP99Ms`.
 *
 * @throws UserError (exit 2) for an unknown or repeated metric, too many metrics, or a floor that is not a percentage
 */
export function parseMetrics(text: string): GatedMetric[] {
  const chosen = text.split(',').map((part) => parseMetric(part.trim()))
  const ratios = chosen.filter(({ compare }) => compare === 'ratio')
  if (new Set(chosen.map(({ name }) => name)).size < chosen.length)
    throw new UserError('a metric is given twice', {
      where: '--metrics',
      received: text,
      remedy: 'Give each metric once.',
    })
  if (ratios.length > gateDesign.maxMetrics) {
    throw new UserError(`more than ${gateDesign.maxMetrics} metrics are given`, {
      where: '--metrics',
      expected: `at most ${gateDesign.maxMetrics} besides errorRate, because each metric widens the intervals of the others`,
      received: text,
    })
  }
  return chosen
}

function parseMetric(text: string): GatedMetric {
  const [name = '', floor] = text.split(':')
  const names = gatedMetrics.map((metric) => metric.name)
  const known = gatedMetrics.find((metric) => metric.name === name)
  if (known === undefined) {
    const nearest = nearestName(name, names)
    throw new UserError(`there is no metric ${JSON.stringify(name)} for a gate`, {
      where: '--metrics',
      expected: `one of ${names.join(', ')}`,
      remedy: nearest === undefined ? undefined : `Did you mean ${nearest}?`,
    })
  }
  return floor === undefined ? known : { ...known, floor: parseFloor(floor, text) }
}

function parseFloor(text: string, whole: string): number {
  const percent = /^\d+(\.\d+)?%$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (percent > 0 && percent < 100) return percent / 100
  throw new UserError('the smallest change that counts is not a percentage', {
    where: `--metrics ${whole}`,
    expected: 'a number between 0 and 100 followed by %, such as fps:5%',
    received: text,
  })
}
