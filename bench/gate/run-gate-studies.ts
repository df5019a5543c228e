import { appendFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { gatedMetric, worseningShare } from '../../src/gate/gated-metric.js'
import { mixSeeds } from '../../src/system/seeded-random.js'
import { costs, runStudy, shortWindowS, type StudyResult, type Target } from './gate-study.js'
import { studies } from './studies.js'

/*
 * How often does the regression gate raise a false alarm, and how often does it detect a change? Runs the real decision code
 * on TorchServe's batching with a virtual clock:
 *
 *   node dist/bench/gate/run-gate-studies.js [--gates 1000] [--seed 1] [--only 'processes'] [--append FILE]
 */

const { values } = parseArgs({
  options: {
    gates: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    /** Studies with this in their name. */
    only: { type: 'string', default: '' },
    append: { type: 'string' },
  },
})
const gates = Number(values.gates)
const seed = Number(values.seed)

const header =
  '| machine and change | FAIL | PASS | INCONCLUSIVE | FAIL by fps / p50 / p99 | pairs: median, most | seconds: median, most | finds fps from | must hold | |'
const lines = [header, '|---|---|---|---|---|---|---|---|---|---|']
process.stdout.write(`${lines.join('\n')}\n`)
let allHold = true
for (const [index, study] of studies.entries()) {
  if (!study.name.includes(values.only)) continue
  const result = await runStudy(study, gates, mixSeeds(seed, index))
  const missed = (study.targets ?? []).filter((target) => !isMet(target, result))
  allHold &&= missed.length === 0
  const line = rowOf(study.name, result, study.targets ?? [], missed)
  lines.push(line)
  process.stdout.write(`${line}\n`)
}
if (values.append !== undefined) await appendFile(values.append, section(lines))
process.exitCode = allHold ? 0 : 1

function rowOf(
  name: string,
  result: StudyResult,
  targets: readonly Target[],
  missed: readonly Target[],
): string {
  const { verdicts, failedBy, pairs, seconds, detectableFps } = result
  const by = ['fps', 'requestLatencyP50Ms', 'requestLatencyP99Ms'].map((metric) =>
    share(failedBy[metric] ?? 0),
  )
  const holds = targets.length === 0 ? '' : 'holds'
  const cells = [
    name,
    share(verdicts.FAIL),
    share(verdicts.PASS),
    share(verdicts.INCONCLUSIVE),
    by.join(' / '),
    `${median(pairs)}, ${Math.max(...pairs)}`,
    `${Math.round(median(seconds))}, ${Math.round(Math.max(...seconds))}`,
    `−${(100 * worseningShare(gatedMetric('fps'), detectableFps)).toFixed(1)} %`,
    targets.map(inWords).join(', '),
    missed.length === 0 ? holds : `MISSED: ${missed.map(inWords).join(', ')}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function measured({ what }: Target, { verdicts, failedBy, seconds }: StudyResult): number {
  if (what === 'median seconds') return median(seconds)
  if (what === 'most seconds') return Math.max(...seconds)
  if (what === 'undecided') return verdicts.INCONCLUSIVE / gates
  if (what === 'fails') return verdicts.FAIL / gates
  if (what === 'passes') return verdicts.PASS / gates
  return (failedBy[what === 'found by fps' ? 'fps' : 'requestLatencyP99Ms'] ?? 0) / gates
}

function isMet(target: Target, result: StudyResult): boolean {
  const value = measured(target, result)
  return value >= (target.atLeast ?? 0) && value <= (target.atMost ?? Number.POSITIVE_INFINITY)
}

function inWords({ what, atLeast, atMost }: Target): string {
  const [sign, limit] = atLeast === undefined ? ['≤', atMost!] : ['≥', atLeast]
  return what.endsWith('seconds')
    ? `${what.replace('seconds', 'time')} ${sign} ${limit} s`
    : `${what} ${sign} ${100 * limit} %`
}

function share(count: number): string {
  return `${((100 * count) / gates).toFixed(1)} %`
}

function section(table: readonly string[]): string {
  return [
    '',
    '## The regression gate, on the virtual clock',
    '',
    `\`node dist/bench/gate/run-gate-studies.js --gates ${gates} --seed ${seed}\`, ${new Date().toISOString().slice(0, 10)}: ` +
      `${gates} gates a row, each the real decision code on TorchServe's batching with t(b) = 7 + 25·b ms, jitter 3 %, ` +
      `batches of 4, 8 frames in flight, windows of ${shortWindowS} s. Unless a row says otherwise the machine adds 2 % of ` +
      'noise from repetition to repetition and a drift of 2 % (stationary, correlation 0.9 between neighbours; as a random ' +
      'walk 2 % a step), and processes differ by 2 %. FAIL by one metric stops the gate, so a metric that needs more pairs ' +
      `is often left open. Time is charged as measured on two cores: ${costs.beforeFirstPair} s before the first pair, ` +
      `${costs.startOfPair} s for the processes of each pair and ${costs.startsAtOnce} s for each start of several, and for ` +
      `each window ${costs.besidesWindow} s (warm-up, first request, counters, files) besides its length.`,
    '',
    ...table,
    '',
  ].join('\n')
}
