import type { GateResult } from '../../gate/gate-result.js'

/** `8 pairs in 210 s`; undefined where saved runs were compared. */
export function pairsSpent({ pairs, durationS }: GateResult): string | undefined {
  if (pairs === undefined || durationS === undefined) return undefined
  return `${pairs} pairs in ${Math.round(durationS)} s`
}
