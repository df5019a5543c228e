/** An agent that says nothing for this long is lost. Its entry is refreshed every second. */
export const silentMs = 3000
/** After the broker was away, agents get this long to connect again: a client tries every 2 s at most. */
export const reconnectMs = 6000

export interface Presence {
  /** Of the process that was chosen. */
  id: string
  /** When it last said something, ms on any clock. */
  seenMs: number
  /** Of the process that now has its name. */
  seenId: string
}

/**
 * Why an agent counts as lost, for a person; undefined while it is there. Silence counts only while the broker can be
 * reached.
 *
 * @param reachableSinceMs when the broker was reached again; undefined while it is away
 */
export function lostReason(
  { id, seenMs, seenId }: Presence,
  nowMs: number,
  reachableSinceMs: number | undefined,
): string | undefined {
  if (seenId !== id) return 'it was started again'
  if (reachableSinceMs === undefined) return undefined
  const countedFromMs = Math.max(seenMs, reachableSinceMs + reconnectMs)
  if (nowMs - countedFromMs < silentMs) return undefined
  return `nothing was heard of it for ${Math.round((nowMs - seenMs) / 1000)} s`
}
