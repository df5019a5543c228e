export interface TimeLeftInput {
  /** Wall time of each finished measurement, server changes included. */
  finishedMs: readonly number[]
  /** Measurements still owed, the running one included. */
  remaining: number
  /** How long the running one has been going. */
  currentMs: number
  /** What the plan expects of one measurement, until one has finished. */
  expectedMs: number
}

/**
 * Milliseconds until the last measurement is done. From the mean of what was seen: measurements of one scenario
 * last nearly the same, so that after a few the estimate is better than the plan's.
 */
export function timeLeftMs({ finishedMs, remaining, currentMs, expectedMs }: TimeLeftInput): number {
  // The first one also waited for the video and the server, which the others do not.
  const typicalMs = finishedMs.slice(1)
  const seen = typicalMs.reduce((sum, ms) => sum + ms, 0)
  // The plan counts as one more measurement, so that one odd first point cannot throw the estimate off.
  const each = (seen + expectedMs) / (typicalMs.length + 1)
  return Math.max(0, remaining * each - Math.min(currentMs, each))
}
