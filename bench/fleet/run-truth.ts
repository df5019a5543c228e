import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from 'simple-statistics'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { quantile } from '../parts/figures.js'
import { machineFacts } from '../parts/machine-facts.js'
import { clockTruth, isWithin, linkNames } from './clock-truth.js'
import { findFrames } from './no-loss.js'
import { startSkews } from './start-skew.js'

const parts = ['skew', 'clocks', 'loss'] as const
const { quick, parts: wanted } = await yargs(hideBin(process.argv))
  .usage('$0: how true the clocks, the common start and the samples of a fleet are, as Markdown')
  .option('quick', { type: 'boolean', default: false, describe: 'fewer rounds: to see that it runs' })
  .option('parts', { array: true, choices: parts, default: parts, describe: 'what to measure' })
  .strict()
  .parseAsync()

const folder = await mkdtemp(join(tmpdir(), 'framestorm-fleet-'))
const say = (line: string) => process.stderr.write(`${line}\n`)
const lines: string[] = []
let missed = 0

function row(what: string, measured: string, mustReach: string, reached: boolean): void {
  if (!reached) missed++
  say(`${reached ? 'ok    ' : 'MISSED'} ${what}: ${measured}`)
  lines.push(`| ${what} | ${measured} | ${mustReach} | ${reached ? 'yes' : '**no**'} |`)
}

async function reportSkew(): Promise<void> {
  const skews = Float64Array.from(await startSkews(folder, { loads: quick ? 3 : 50, say })).toSorted()
  const [p50, p99, most] = [quantile(skews, 0.5), quantile(skews, 0.99), skews.at(-1)!]
  row(
    `distance of each agent's start from the agreed one, four agents on this machine, ${skews.length} starts`,
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, largest ${most.toFixed(2)} ms`,
    'p99 ≤ 2 ms',
    p99 <= 2,
  )
}

async function reportClocks(): Promise<void> {
  const { found, hasNetworks } = await clockTruth(folder, {
    rounds: quick ? 2 : 9,
    loads: quick ? 1 : 3,
    say,
  })
  for (const link of linkNames) {
    const own = found.filter((each) => each.link === link)
    if (own.length === 0) continue
    const errors = own.map(({ errorMs }) => errorMs ?? Number.NaN)
    row(
      `clocks set off and drifting: ${link}`,
      `${own.filter(isWithin).length} of ${own.length} true offsets within the error; error ${median(errors).toFixed(2)} ms (median)`,
      'all',
      own.every(isWithin),
    )
  }
  const where = hasNetworks ? 'each agent in a network namespace' : 'without network namespaces'
  row(
    `clocks, all links, ${where}`,
    `${found.filter(isWithin).length} of ${found.length}`,
    'all',
    found.every(isWithin),
  )
}

async function reportLoss(): Promise<void> {
  for (const [agents, sendsPerS] of [
    [16, 500],
    [4, 3000],
  ] as const) {
    const seconds = quick ? 5 : 60
    const frames = await findFrames(folder, { agents, sendsPerS, seconds, say })
    if (frames === undefined) {
      say('nginx is not installed')
      return
    }
    const { planned, found, wrong } = frames
    row(
      `frames of ${agents} agents × ${sendsPerS} per second, ${seconds} s`,
      `${found} of ${planned} in the samples, ${wrong} twice or missing`,
      'all, once',
      found === planned && wrong === 0,
    )
  }
}

const facts = await machineFacts()
try {
  if (wanted.includes('skew')) await reportSkew()
  if (wanted.includes('clocks')) await reportClocks()
  if (wanted.includes('loss')) await reportLoss()
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${facts.map((fact) => `- ${fact}`).join('\n')}\n\n`)
process.stdout.write(`| | measured | must reach | reached |\n|---|---|---|---|\n${lines.join('\n')}\n`)
process.exitCode = missed === 0 ? 0 : 1
