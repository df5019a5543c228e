import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { machineFacts } from '../parts/machine-facts.js'
import { ceiling } from './ceiling.js'
import { dispatchLateness, type Lateness } from './dispatch-lateness.js'
import { throughputFormula } from './throughput-formula.js'

const parts = ['ceiling', 'lateness', 'formula'] as const
const { seconds, parts: wanted } = await yargs(hideBin(process.argv))
  .usage('$0: what the embedded server can do, and how true its timing is, as Markdown')
  .option('seconds', { type: 'number', default: 10, describe: 'length of each measurement' })
  .option('parts', { array: true, choices: parts, default: parts, describe: 'what to measure' })
  .strict()
  .parseAsync()

const folder = await mkdtemp(join(tmpdir(), 'framestorm-bench-'))
const lines: string[] = []
let missed = 0

function row(what: string, measured: string, wanted: string, reached: boolean): void {
  if (!reached) missed++
  process.stderr.write(`${reached ? 'ok    ' : 'MISSED'} ${what}: ${measured}\n`)
  lines.push(`| ${what} | ${measured} | ${wanted} | ${reached ? 'yes' : '**no**'} |`)
}

function inWords({ batches, p50Ms, p99Ms }: Lateness): string {
  return `p50 ${p50Ms.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms of ${batches} batches`
}

async function reportCeiling(): Promise<void> {
  const found = await ceiling(folder, seconds)
  if (found === undefined) return
  const { perSecond, cpuShare } = found
  const measured = `${perSecond.toFixed(0)}/s with ${(cpuShare * 100).toFixed(0)} % of a core`
  row(
    'requests of 40 KB answered by a model without service time',
    measured,
    '≥ 15,000/s',
    perSecond >= 15_000,
  )
}

async function reportLateness(): Promise<void> {
  const { dispatched, ended } = await dispatchLateness(folder, seconds * 1000)
  const isOnTime = dispatched.p50Ms <= 0.2 && dispatched.p99Ms <= 1.5
  row(
    'dispatched later than due, 1,000 requests/s',
    inWords(dispatched),
    'p50 ≤ 0.2 ms, p99 ≤ 1.5 ms',
    isOnTime,
  )
  row('answered later than due, 1,000 requests/s', inWords(ended), '', true)
}

async function reportFormula(): Promise<void> {
  for (const { name, expectedFps, fps, offMs, allowedMs } of await throughputFormula(
    folder,
    seconds * 1000,
  )) {
    const measured = `${fps.toFixed(1)} FPS, ${offMs >= 0 ? '+' : ''}${offMs.toFixed(3)} ms a batch`
    const allowed = `${expectedFps.toFixed(1)} FPS ± ${allowedMs.toFixed(2)} ms a batch`
    row(name, measured, allowed, Math.abs(offMs) <= allowedMs)
  }
}

const facts = await machineFacts()
try {
  if (wanted.includes('ceiling')) await reportCeiling()
  if (wanted.includes('lateness')) await reportLateness()
  if (wanted.includes('formula')) await reportFormula()
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${facts.map((fact) => `- ${fact}`).join('\n')}\n\n`)
process.stdout.write(`| | measured | wanted | reached |\n|---|---|---|---|\n${lines.join('\n')}\n`)
process.exitCode = missed === 0 ? 0 : 1
