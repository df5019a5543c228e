/** Most lines per minute. A flood of hostile messages must not fill a disk with log. */
const mostPerMinute = 10

/**
 * Logs what an agent refuses: one line each, at most ten per minute, then only how many more there were.
 *
 * @param now the time in ms
 */
export function refusalLog(
  log: (line: string) => void,
  now: () => number = Date.now,
): (line: string) => void {
  let minute = { sinceMs: Number.NEGATIVE_INFINITY, logged: 0, silent: 0 }
  return (line) => {
    const atMs = now()
    if (atMs - minute.sinceMs >= 60_000) {
      if (minute.silent > 0) log(`${minute.silent} more refused messages are not listed`)
      minute = { sinceMs: atMs, logged: 0, silent: 0 }
    }
    if (minute.logged === mostPerMinute) {
      minute.silent++
      return
    }
    minute.logged++
    log(line)
  }
}
