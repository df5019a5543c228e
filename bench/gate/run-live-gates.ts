import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { collectRun } from '../../src/analysis/analyse-run.js'
import type { GateResult } from '../../src/gate/gate-result.js'
import { liveGate } from '../../src/gate/live/live-gate.js'
import { changeUnit, formatChangeInterval, metricChanges } from '../../src/report/gate/gate-tables.js'
import { formatChange, formatMetric } from '../../src/report/format/format.js'

/*
 * Runs live gates one after the other. The proof on a real TorchServe, with all defaults: five gates without a change, and
 * three against a handler that works 10 % longer:
 *
 *   node dist/bench/gate/run-live-gates.js --torchserve [--append bench/gate/RESULTS.md]
 *
 * Or between two servers as `--server` takes them:
 *
 *   node dist/bench/gate/run-live-gates.js --name 'no change' --baseline SERVER --candidate SERVER [--gates 5]
 *     [--scenario scenarios/gate.yaml] [--set measure.durationS=8] [--metrics fps,requestLatencyP50Ms] [--append FILE]
 */

const { values } = parseArgs({
  options: {
    torchserve: { type: 'boolean', default: false },
    name: { type: 'string', default: 'no change' },
    baseline: { type: 'string', default: 'embedded' },
    candidate: { type: 'string', default: 'embedded' },
    gates: { type: 'string', default: '5' },
    scenario: { type: 'string', default: 'scenarios/gate.yaml' },
    set: { type: 'string', multiple: true, default: [] },
    metrics: { type: 'string' },
    append: { type: 'string' },
  },
})

interface Series {
  name: string
  baseline: string
  candidate: string
  gates: number
}

const folder = await mkdtemp(join(tmpdir(), 'framestorm-live-gates-'))
try {
  for (const series of values.torchserve ? await torchServeSeries() : [ownSeries()]) {
    const section = await runSeries(series)
    if (values.append !== undefined) await appendFile(values.append, section)
  }
} finally {
  await rm(folder, { recursive: true })
}

function ownSeries(): Series {
  const { name, baseline, candidate, gates } = values
  return { name, baseline, candidate, gates: Number(gates) }
}

async function torchServeSeries(): Promise<Series[]> {
  const slower = join(folder, 'slower10.py')
  const script = fileURLToPath(new URL('make-slower-handler.js', import.meta.url))
  await promisify(execFile)(process.execPath, [script, '0.1', slower])
  return [
    { name: 'TorchServe, no change', baseline: 'torchserve', candidate: 'torchserve', gates: 5 },
    {
      name: 'TorchServe, 10 % more work',
      baseline: 'torchserve',
      candidate: `torchserve:handler=${slower}`,
      gates: 3,
    },
  ]
}

/** Prints each gate when it has ended, and returns all of them as a section of RESULTS.md. */
async function runSeries({ name, baseline, candidate, gates }: Series): Promise<string> {
  const lines: string[] = []
  const print = (line: string) => {
    lines.push(line)
    process.stdout.write(`${line}\n`)
  }
  process.stdout.write(`\n${name}\n\n`)
  print('| verdict | fps | pairs | seconds | notes |')
  print('|---|---|---|---|---|')
  for (let gate = 1; gate <= gates; gate++) {
    const own = join(folder, 'gate')
    const result = await liveGate(
      {
        scenarioFile: values.scenario,
        baseline,
        candidate,
        set: [...values.set, `seed=${gate}`],
        ...(values.metrics !== undefined && { metrics: values.metrics }),
        inconclusive: 'exit-5',
        folder: own,
      },
      {
        signal: new AbortController().signal,
        observer: { status: () => {}, loadProgress: () => {}, pairDone: () => {}, notice: () => {} },
        collect: collectRun,
      },
    )
    await rm(own, { recursive: true })
    print(rowOf(result!))
  }
  const flags = [
    ...(values.torchserve ? ['--torchserve'] : [`--baseline ${baseline} --candidate ${candidate}`]),
    ...values.set.map((each) => `--set ${each}`),
    ...(values.metrics === undefined ? [] : [`--metrics ${values.metrics}`]),
  ]
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim()}`
  return [
    '',
    `### Live gates: ${name}`,
    '',
    `\`node dist/bench/gate/run-live-gates.js ${flags.join(' ')}\`, ${new Date().toISOString().slice(0, 10)}, ${machine}.`,
    '',
    ...lines,
    '',
  ].join('\n')
}

function rowOf({ verdict, metrics, pairs, durationS, notes }: GateResult): string {
  const [first] = metrics
  const change =
    first === undefined
      ? ''
      : `${formatMetric(first.baseline, first.metric.unit)} → ${formatMetric(first.candidate, first.metric.unit)}, ` +
        `${formatChange(metricChanges(first).change, changeUnit(first))} (${formatChangeInterval(first)})`
  const open = metrics
    .filter((each) => each.verdict !== 'PASS')
    .map(({ metric, verdict: one, reason }) => [metric.name, one, reason].filter(Boolean).join(' '))
  return `| ${verdict} | ${change} | ${pairs} | ${Math.round(durationS ?? 0)} | ${[...open, ...notes].join('; ')} |`
}
