import type { GateResult } from '../../gate/gate-result.js'
import { metricRow } from './gate-tables.js'

/** The verdict as one sentence. */
export function gateHeadline({ verdict, metrics, thresholds, notes }: GateResult): string {
  const worse = metrics
    .filter((decision) => decision.verdict === 'FAIL')
    .map((decision) => {
      const row = metricRow(decision)
      return `${row.metric} is worse by ${row['worse by'].replace('+', '')}`
    })
  const broken = thresholds
    .filter((each) => each.verdict === 'FAIL')
    .map(({ threshold }) => `"${threshold.text}" does not hold`)
  const open = metrics
    .filter((decision) => decision.verdict === 'INCONCLUSIVE')
    .map(({ metric }) => metric.name)
  const sentences = {
    FAIL: [...worse, ...broken].join('; '),
    PASS: 'no metric is worse by as much as its floor',
    INCONCLUSIVE: `not decided: ${[...new Set(open)].join(', ')}`,
    INVALID: `the measurements may not be believed${notes.length > 0 ? `: ${notes[0]}` : ''}`,
  }
  return `${verdict}: ${sentences[verdict]}`
}

/** `8 pairs in 210 s`; undefined where saved runs were compared. */
export function pairsSpent({ pairs, durationS }: GateResult): string | undefined {
  if (pairs === undefined || durationS === undefined) return undefined
  return `${pairs} pairs in ${Math.round(durationS)} s`
}

/** Why metrics are undecided, then what a reader has to know of the whole. */
export function reasonsAndNotes({ metrics, notes }: GateResult): string[] {
  const reasons = metrics
    .filter(({ reason }) => reason !== undefined)
    .map(({ metric, reason }) => `${metric.name}: ${reason}`)
  return [...new Set(reasons), ...notes]
}
