/*
 * From the sample file of a long run to all that a report says: time and memory. The samples are simulated and written to
 * disk, and removed afterwards: 104 bytes per request with its frame, and 100 bytes more with the log of the server's batches.
 *
 *   node dist/bench/analysis/long-runs.js [--batches] [requests, such as 1e6] …
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mb } from '../parts/figures.js'
import { runWatched } from '../parts/run-watched.js'
import { writeLongRun } from './write-long-run.js'

const hasBatches = process.argv.includes('--batches')
const counts = process.argv
  .slice(2)
  .map(Number)
  .filter((count) => count > 0)
const child = fileURLToPath(new URL('../parts/million-samples-child.js', import.meta.url))
const say = (text: string) => process.stdout.write(`${text}\n`)

say('| requests, as many frames | time | requests per s | largest RSS | RSS over time |')
say('| --- | --- | --- | --- | --- |')
for (const count of counts.length === 0 ? [1e6, 1e7] : counts) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-long-run-'))
  try {
    await writeLongRun(join(folder, 'run'), count, { hasBatches })
    const { printed, rssBytes } = await runWatched(child, [join(folder, 'run')])
    const { totalMs, maxRssBytes }: Record<'totalMs' | 'maxRssBytes', number> = JSON.parse(printed)
    say(
      `| ${count.toLocaleString('en')} | ${(totalMs / 1000).toFixed(2)} s | ${(count / totalMs / 1000).toFixed(2)} M ` +
        `| ${mb(maxRssBytes)} | ${rssBytes.map((bytes) => mb(bytes)).join(', ')} |`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
