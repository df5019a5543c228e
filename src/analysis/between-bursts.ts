export interface Interval {
  fromUs: number
  toUs: number
}

/**
 * The interval over which a closed load's rate is taken: from the end of the last burst of answers before the
 * window (else the window's start) to the end of the last burst in it.
 *
 * A batch answers all its requests within a fraction of a millisecond, then nothing comes for as long as the next
 * batch takes. An edge inside such a burst counts some of its frames without the time that they took: at batch 4
 * and nine batches in a window, 8 % too much. A burst ends at an answer that is followed by a wait of at least
 * half the mean wait.
 *
 * Where the server fell silent, so that the wait after the last burst is more than twice any wait before it, the
 * interval ends with the window: the silence counts.
 */
export function betweenBursts(answeredUs: Float64Array, window: Interval): Interval {
  const times = answeredUs.filter((us) => !Number.isNaN(us)).toSorted()
  const inWindow = times.filter((us) => us > window.fromUs && us <= window.toUs)
  if (inWindow.length === 0) return window
  const longWaitUs = (window.toUs - window.fromUs) / inWindow.length / 2
  let fromUs = window.fromUs
  let toUs = window.toUs
  for (const [index, us] of times.entries()) {
    if (us > window.toUs) break
    const waitUs = (times[index + 1] ?? Number.POSITIVE_INFINITY) - us
    if (waitUs < longWaitUs) continue
    if (us <= window.fromUs) fromUs = us
    else toUs = us
  }
  const longestWaitUs = inWindow.reduce(
    (longest, us, index) => Math.max(longest, us - (inWindow[index - 1] ?? fromUs)),
    0,
  )
  return { fromUs, toUs: window.toUs - toUs > 2 * longestWaitUs ? window.toUs : toUs }
}
