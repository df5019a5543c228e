import { readFileSync } from 'node:fs'
import { execa } from 'execa'

export interface WatchedChild {
  /** What the child printed. */
  printed: string
  /** Its resident memory in each tenth of its time, bytes. */
  rssBytes: number[]
}

/** Runs a Node program and watches its memory. */
export async function runWatched(program: string, args: readonly string[]): Promise<WatchedChild> {
  const running = execa(process.execPath, [program, ...args])
  const rss: number[] = []
  const timer = setInterval(() => rss.push(rssBytes(running.pid!)), 250)
  const { stdout } = await running.finally(() => clearInterval(timer))
  const tenths = Array.from({ length: 10 }, (_, i) => rss[Math.floor(((i + 0.5) * rss.length) / 10)] ?? 0)
  return { printed: stdout, rssBytes: tenths }
}

function rssBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return 0
  }
}
