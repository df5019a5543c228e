/*
 * From the sample file of a long run to all that a report says: time and memory. The samples are simulated and written to
 * disk, and removed afterwards: 104 bytes per request with its frame.
 *
 *   node dist/bench/analysis/long-runs.js [requests, such as 1e6] …
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { mb } from '../parts/figures.js'
import { writeLongRun } from './write-long-run.js'

const counts = process.argv.slice(2).map(Number)
const child = fileURLToPath(new URL('../parts/million-samples-child.js', import.meta.url))
const say = (text: string) => process.stdout.write(`${text}\n`)

say('| requests, as many frames | time | requests per s | largest RSS | RSS over time |')
say('| --- | --- | --- | --- | --- |')
for (const count of counts.length === 0 ? [1e6, 1e7] : counts) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-long-run-'))
  try {
    await writeLongRun(join(folder, 'run'), count)
    const running = execa(process.execPath, [child, join(folder, 'run')])
    const rss: number[] = []
    const timer = setInterval(() => rss.push(rssBytes(running.pid!)), 250)
    const { stdout } = await running
    clearInterval(timer)
    const { totalMs, maxRssBytes }: Record<'totalMs' | 'maxRssBytes', number> = JSON.parse(stdout)
    const tenths = Array.from({ length: 10 }, (_, i) => rss[Math.floor(((i + 0.5) * rss.length) / 10)] ?? 0)
    say(
      `| ${count.toLocaleString('en')} | ${(totalMs / 1000).toFixed(2)} s | ${(count / totalMs / 1000).toFixed(2)} M ` +
        `| ${mb(maxRssBytes)} | ${tenths.map((bytes) => mb(bytes)).join(', ')} |`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rssBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return 0
  }
}
