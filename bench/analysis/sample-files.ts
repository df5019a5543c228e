/*
 * From the sample file of a long run to its files of requests and frames: time, memory and size. The samples are simulated
 * and written to disk, and everything is removed afterwards.
 *
 *   node dist/bench/analysis/sample-files.js csv|parquet [requests, such as 1e6] …
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSampleFiles } from '../../src/report/samples/sample-files.js'
import { readManifest } from '../../src/run/run-folder.js'
import { readMeasurement } from '../../src/run/read-measurement.js'
import { mb } from '../parts/figures.js'
import { runWatched } from '../parts/run-watched.js'
import { writeLongRun } from './write-long-run.js'

const [first = 'parquet', ...rest] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)

// The files are written by a process of their own, whose memory is watched.
if (first === 'write') await writeFiles(rest[0]!, rest[1] === 'csv' ? 'csv' : 'parquet')
else await compare(first, rest.length === 0 ? [1e6] : rest.map(Number))

async function compare(format: string, counts: readonly number[]): Promise<void> {
  say(`| requests, as many frames | format | time | rows per s | largest RSS | RSS over time | size |`)
  say('| --- | --- | --- | --- | --- | --- | --- |')
  for (const count of counts) {
    const folder = await mkdtemp(join(tmpdir(), 'framestorm-sample-files-'))
    try {
      const run = join(folder, 'run')
      await writeLongRun(run, count)
      const { printed, rssBytes } = await runWatched(fileURLToPath(import.meta.url), ['write', run, format])
      const { totalMs, maxRssBytes }: Record<'totalMs' | 'maxRssBytes', number> = JSON.parse(printed)
      const sizes = ['requests', 'frames'].map(
        async (name) => (await stat(join(run, `${name}.${format}`))).size,
      )
      say(
        `| ${count.toLocaleString('en')} | ${format} | ${(totalMs / 1000).toFixed(1)} s ` +
          `| ${((2 * count) / totalMs / 1000).toFixed(2)} M | ${mb(maxRssBytes)} ` +
          `| ${rssBytes.map((bytes) => mb(bytes)).join(', ')} ` +
          `| ${(await Promise.all(sizes)).map((bytes) => mb(bytes)).join(' + ')} |`,
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function writeFiles(run: string, format: 'csv' | 'parquet'): Promise<void> {
  const began = performance.now()
  const manifest = await readManifest(run)
  const files = await openSampleFiles(run, format)
  await files.write(await readMeasurement(run, manifest, manifest.measurements[0]!))
  await files.end()
  const maxRssBytes = process.resourceUsage().maxRSS * 1024
  process.stdout.write(JSON.stringify({ totalMs: performance.now() - began, maxRssBytes }))
}
