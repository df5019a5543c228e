import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { collectRun } from '../../src/analysis/analyse-run.js'
import type { GateResult } from '../../src/gate/gate-result.js'
import { liveGate } from '../../src/gate/live/live-gate.js'
import { changeUnit, formatChangeInterval, metricChanges } from '../../src/report/gate/gate-tables.js'
import { formatChange, formatMetric } from '../../src/report/format/format.js'

/*
 * Runs live gates one after the other, between two servers as `--server` takes them:
 *
 *   node dist/bench/gate/run-live-gates.js --name 'no change' --baseline SERVER --candidate SERVER
 *     [--gates 5] [--set measure.durationS=8] [--metrics fps,requestLatencyP50Ms] [--append bench/gate/RESULTS.md]
 */

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: '' },
    baseline: { type: 'string', default: 'embedded' },
    candidate: { type: 'string', default: 'embedded' },
    gates: { type: 'string', default: '5' },
    set: { type: 'string', multiple: true, default: [] },
    metrics: { type: 'string' },
    append: { type: 'string' },
  },
})

const lines = ['| verdict | fps | pairs | seconds | notes |', '|---|---|---|---|---|']
process.stdout.write(`${lines.join('\n')}\n`)
for (let gate = 1; gate <= Number(values.gates); gate++) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-live-gates-'))
  const result = await liveGate(
    {
      scenarioFile: 'bench/gate/live-gate.yaml',
      baseline: values.baseline,
      candidate: values.candidate,
      set: [...values.set, `seed=${gate}`],
      ...(values.metrics !== undefined && { metrics: values.metrics }),
      inconclusive: 'exit-5',
      folder: join(folder, 'gate'),
    },
    {
      signal: new AbortController().signal,
      observer: { status: () => {}, loadProgress: () => {}, pairDone: () => {}, notice: () => {} },
      collect: collectRun,
    },
  )
  await rm(folder, { recursive: true })
  const line = rowOf(result!)
  lines.push(line)
  process.stdout.write(`${line}\n`)
}
if (values.append !== undefined) await appendFile(values.append, section())

function rowOf({ verdict, metrics, pairs, durationS, notes }: GateResult): string {
  const [first] = metrics
  const change =
    first === undefined
      ? ''
      : `${formatMetric(first.baseline, first.metric.unit)} → ${formatMetric(first.candidate, first.metric.unit)}, ` +
        `${formatChange(metricChanges(first).change, changeUnit(first))} (${formatChangeInterval(first)})`
  const open = metrics
    .filter((each) => each.verdict !== 'PASS')
    .map((each) => `${each.metric.name} ${each.verdict}`)
  return `| ${verdict} | ${change} | ${pairs} | ${Math.round(durationS ?? 0)} | ${[...open, ...notes].join('; ')} |`
}

function section(): string {
  const { name, baseline, candidate, set, metrics } = values
  const flags = [
    `--baseline ${baseline} --candidate ${candidate}`,
    ...set.map((each) => `--set ${each}`),
    ...(metrics === undefined ? [] : [`--metrics ${metrics}`]),
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
