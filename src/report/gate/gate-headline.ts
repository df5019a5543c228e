import type { GateResult } from '../../gate/gate-result.js'
import { metricRow } from './metric-row.js'

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
