import { readFileSync } from 'node:fs'
import { execa } from 'execa'

export interface WatchedChild {
  /** What the child printed. */
  printed: string
  /** Its resident memory in each tenth of its time, bytes. */
  rssBytes: number[]
  largestRssBytes: number
  wallS: number
}

/** Runs a Node program and watches its memory. @param mayFail its exit code is no error */
export async function runWatched(
  program: string,
  args: readonly string[],
  { mayFail = false } = {},
): Promise<WatchedChild> {
  const began = performance.now()
  const running = execa(process.execPath, [program, ...args], { reject: !mayFail })
  const rss: number[] = []
  const timer = setInterval(() => {
    const bytes = rssBytes(running.pid!)
    // NaN of a process that has just ended.
    if (bytes > 0) rss.push(bytes)
  }, 100)
  const { stdout } = await running.finally(() => clearInterval(timer))
  const tenths = Array.from({ length: 10 }, (_, i) => rss[Math.floor(((i + 0.5) * rss.length) / 10)] ?? 0)
  return {
    printed: stdout,
    rssBytes: tenths,
    largestRssBytes: Math.max(0, ...rss),
    wallS: (performance.now() - began) / 1000,
  }
}

function rssBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return 0
  }
}
