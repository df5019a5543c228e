import { samplesNeeded } from '../analysis/percentile.js'
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

/**
 * Leaves out the percentiles that a window cannot hold. They would stay undecided for the whole gate.
 *
 * @param requestRate requests per second; undefined if it is unknown
 * @param chosen whether the user named the metrics
 * @returns what is gated, and a note for each metric that is left out
 * @throws UserError (exit 2) if the user chose a metric that the window cannot hold
 */
export function metricsThatFit(
  metrics: readonly GatedMetric[],
  { requestRate, durationS, chosen }: { requestRate: number; durationS: number; chosen: boolean },
): { metrics: GatedMetric[]; notes: string[] } {
  const requests = requestRate * durationS
  const fits = ({ percentile }: GatedMetric) =>
    percentile === undefined || requests >= (chosen ? 1 / margin : margin) * samplesNeeded(percentile)
  const left = metrics.filter((metric) => !fits(metric))
  const [first] = left
  if (chosen && first !== undefined) {
    throw new UserError(`${first.name} needs a longer window`, {
      where: '--metrics',
      expected: `${samplesNeeded(first.percentile!)} requests in each window`,
      received: `about ${Math.round(requests)} in ${durationS} s`,
      remedy: `Use --set measure.durationS=${windowFor(first, requestRate)}, or leave out ${first.name}.`,
    })
  }
  const few =
    requests < enoughRequests
      ? [
          `A window of ${durationS} s has about ${Math.round(requests)} requests, so FPS and p50 vary by chance and the gate needs ` +
            `more pairs. For ${enoughRequests} requests, use --set measure.durationS=${Math.ceil(enoughRequests / requestRate)}.`,
        ]
      : []
  return {
    metrics: metrics.filter(fits),
    notes: [
      ...few,
      ...left.map(
        (metric) =>
          `${metric.name} is not gated: it needs ${samplesNeeded(metric.percentile!)} requests, and a window of ${durationS} s ` +
          `has about ${Math.round(requests)}. To gate it, use --set measure.durationS=${windowFor(metric, requestRate)}.`,
      ),
    ],
  }
}

/** With fewer requests in a window, what FPS and p50 vary by is mostly the requests that happen to end in it. */
const enoughRequests = 40

/** The number of requests varies between windows, and the rate is an estimate. */
const margin = 1.15

function windowFor({ percentile }: GatedMetric, requestRate: number): number {
  return Math.ceil((margin * samplesNeeded(percentile!)) / requestRate)
}
