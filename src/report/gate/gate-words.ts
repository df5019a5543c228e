import type { GateResult } from '../../gate/gate-result.js'
import { plural } from '../../system/plural.js'
import { formatChange, formatMetric } from '../format/numbers.js'
import { changeUnit, formatMetricName, metricChanges } from './gate-tables.js'

/** The verdict as one sentence. */
export function gateHeadline({ verdict, metrics, thresholds, notes }: GateResult): string {
  const worse = metrics
    .filter((decision) => decision.verdict === 'FAIL')
    .map((decision) => {
      const { metric, baseline, candidate } = decision
      const change = formatChange(metricChanges(decision).change, changeUnit(decision))
      return `${formatMetricName(decision)} ${change} (${formatMetric(baseline, metric.unit)} → ${formatMetric(candidate, metric.unit)})`
    })
  const broken = thresholds
    .filter((each) => each.verdict === 'FAIL')
    .map(({ threshold }) => `threshold "${threshold.text}" not met`)
  const open = metrics
    .filter((decision) => decision.verdict === 'INCONCLUSIVE')
    .map(({ metric }) => metric.name)
  const sentences = {
    FAIL: [...worse, ...broken].join('; '),
    PASS: 'no metric became worse by a change that counts',
    INCONCLUSIVE: `undecided: ${[...new Set(open)].join(', ')}`,
    INVALID: `the measurements cannot be trusted${notes.length > 0 ? `: ${notes[0]}` : ''}`,
  }
  return `${verdict}: ${sentences[verdict]}`
}

/** `8 pairs in 210 s`, `Saved runs` */
export function formatExtent({ pairs, durationS }: GateResult): string {
  if (pairs === undefined || durationS === undefined) return 'Saved runs'
  return `${plural(pairs, 'pair')} in ${Math.round(durationS)} s`
}

/** Why metrics are undecided, then the notes on the whole. */
export function reasonsAndNotes({ metrics, notes }: GateResult): string[] {
  const reasons = metrics
    .filter(({ reason }) => reason !== undefined)
    .map(({ metric, reason }) => `${metric.name}: ${reason}`)
  return [...new Set(reasons), ...notes]
}
