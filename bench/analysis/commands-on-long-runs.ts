/*
 * What the commands need on long runs: the whole report, a gate of one run against another, the judgement of a window of a
 * capacity search, and the size of a fleet. The samples are simulated and written to disk, and removed afterwards.
 *
 *   node dist/bench/analysis/commands-on-long-runs.js [requests, such as 1e6] [command] …
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mb } from '../parts/figures.js'
import { runWatched } from '../parts/run-watched.js'
import { writeLongRun } from './write-long-run.js'

const [count = 1e6, ...wanted] = process.argv.slice(2).map((text) => Number(text) || text)
const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const judge = fileURLToPath(new URL('judge-window-child.js', import.meta.url))
const say = (text: string) => process.stdout.write(`${text}\n`)

const folder = await mkdtemp(join(tmpdir(), 'framestorm-long-run-'))
const [run, other] = [join(folder, 'run'), join(folder, 'other')]
const commands = {
  'judge a window': [judge, run],
  gate: [program, 'gate', run, '--baseline', other],
  size: [program, 'size', run, '--cameras', '1000', '--fps', '25', '--slo', '100ms'],
  report: [program, 'report', run],
}
try {
  await writeLongRun(run, Number(count))
  await writeLongRun(other, Number(count), { seed: 2 })
  say(
    `| ${count.toLocaleString('en')} requests, as many frames | time | largest RSS | RSS over time | last line |`,
  )
  say('| --- | --- | --- | --- | --- |')
  for (const [name, args] of Object.entries(commands)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    // A gate or a report ends with its own exit code.
    const watched = await runWatched(args[0]!, args.slice(1), { mayFail: true })
    const { printed, wallS, largestRssBytes, rssBytes } = watched
    const lastLine = printed.trimEnd().split('\n').at(-1) ?? ''
    say(
      `| ${name} | ${wallS.toFixed(2)} s | ${mb(largestRssBytes)} | ${rssBytes.map((bytes) => mb(bytes)).join(', ')} ` +
        `| ${lastLine} |`,
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
