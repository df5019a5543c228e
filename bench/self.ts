import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureHotPath } from './micro/hot-path.js'
import type { Bench, BenchRow } from './parts/bench-row.js'
import { machineFacts } from './parts/machine-facts.js'
import { resultsMarkdown } from './parts/results-markdown.js'
import { resultsTable } from './parts/results-table.js'
import { cpuAgainstH2load, grpcSendLag } from './rows/cpu-against-h2load.js'
import { cpuAgainstWrk } from './rows/cpu-against-wrk.js'
import { faults } from './rows/faults.js'
import { freeze } from './rows/freeze.js'
import { latencyTruth } from './rows/latency-truth.js'
import { memory } from './rows/memory.js'
import { millionSamples } from './rows/million-samples.js'
import { neverEarly } from './rows/never-early.js'
import { sendLag } from './rows/send-lag.js'
import { templateCpu } from './rows/template-cpu.js'
import { throughputAgainstAutocannon } from './rows/throughput-against-autocannon.js'
import { twoThreads } from './rows/two-threads.js'

const rows: Record<string, (bench: Bench) => Promise<BenchRow | BenchRow[]>> = {
  'cpu-against-wrk': cpuAgainstWrk,
  'cpu-against-h2load': cpuAgainstH2load,
  'template-cpu': templateCpu,
  'throughput-against-autocannon': throughputAgainstAutocannon,
  'send-lag': sendLag,
  'grpc-send-lag': grpcSendLag,
  'latency-truth': latencyTruth,
  freeze,
  faults,
  memory,
  'million-samples': millionSamples,
  'never-early': neverEarly,
  'two-threads': twoThreads,
}

/*
 * The harness measured. Arguments: names of rows, or hot-path (default: all), --quick for a trial run, --write FILE to
 * write the results as Markdown as well (--append: below what stands there), --note TEXT to say there what else is to
 * be known of the machine.
 */
const args = process.argv.slice(2)
const quick = args.includes('--quick')
const writeAt = args.indexOf('--write')
const file = writeAt < 0 ? undefined : args[writeAt + 1]
const values = new Set([writeAt, args.indexOf('--note')].filter((at) => at >= 0).map((at) => args[at + 1]))
const unknown = args.filter(
  (arg) =>
    !(arg in rows) &&
    arg !== 'hot-path' &&
    !values.has(arg) &&
    !['--quick', '--write', '--append', '--note'].includes(arg),
)
if (unknown.length > 0) {
  process.stderr.write(
    `no such row: ${unknown.join(', ')}; there are ${Object.keys(rows).join(', ')} and hot-path\n`,
  )
  process.exit(2)
}
const names = args.filter((arg) => arg in rows)
const folder = await mkdtemp(join(tmpdir(), 'framestorm-bench-'))
const say = (line: string) => process.stderr.write(`${line}\n`)
const noteAt = args.indexOf('--note')
const note = noteAt < 0 ? undefined : args[noteAt + 1]
const found: BenchRow[] = []
let hotPath: { name: string; ns: number }[] = []
const facts = [...(await machineFacts()), ...(note === undefined ? [] : [note])]
try {
  for (const name of args.some((arg) => arg in rows || arg === 'hot-path') ? names : Object.keys(rows)) {
    say(name)
    const result = [await rows[name]!({ folder, quick, say })].flat()
    for (const row of result) say(`  ${row.measured}`)
    found.push(...result)
  }
  if (names.length === 0 || args.includes('hot-path')) {
    say('hot-path')
    hotPath = await measureHotPath(quick)
    for (const { name, ns } of hotPath) say(`  ${ns.toFixed(0).padStart(6)} ns  ${name}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${resultsTable(found)}\n`)
const seeAlso =
  'The other parts: [the embedded server](embedded/RESULTS.md), [the gate](gate/RESULTS.md), ' +
  '[capacity and the simulator](capacity/RESULTS.md), [live cameras](stream/RESULTS.md), [runs on the real TorchServe](torchserve/RESULTS.md).\n\n'
if (file !== undefined) {
  const results = resultsMarkdown(found, hotPath, facts, quick)
  if (args.includes('--append')) await appendFile(file, `\n${results}`)
  else await writeFile(file, `# The load engine, measured\n\n${seeAlso}${results}`)
}
process.exitCode = found.some(({ reached }) => reached === false) ? 1 : 0
