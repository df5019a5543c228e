import type { GateResult } from '../../gate/gate-result.js'

/** Why metrics are undecided, then what a reader has to know of the whole. */
export function reasonsAndNotes({ metrics, notes }: GateResult): string[] {
  const reasons = metrics
    .filter(({ reason }) => reason !== undefined)
    .map(({ metric, reason }) => `${metric.name}: ${reason}`)
  return [...new Set(reasons), ...notes]
}
