import { appendFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { gatedMetric } from '../../src/gate/gated-metric.js'
import { decideStored, type StoredFigure } from '../../src/gate/stored/decide-stored.js'
import { mixSeeds, seededRandom, type Random } from '../../src/system/seeded-random.js'
import { normal } from './machine-noise.js'

/*
 * Which change of FPS a comparison with stored runs can detect, for runs with three repetitions and three gated ratio
 * metrics. Only the variation between runs matters, so it is drawn directly and no server is simulated:
 *
 *   node dist/bench/gate/run-stored-studies.js [--gates 5000] [--seed 1] [--append bench/gate/RESULTS.md]
 */

const { values } = parseArgs({
  options: {
    gates: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    append: { type: 'string' },
  },
})
const gates = Number(values.gates)
const seed = Number(values.seed)
const noise = 0.02
const changes = [0, 0.1, 0.2, 0.3]

const lines = [
  `| stored runs | drift between runs | ${changes.map((change) => (change === 0 ? 'no change' : `+${100 * change} %`)).join(' | ')} |`,
  `|---|---|${changes.map(() => '---|').join('')}`,
]
for (const drift of [0.02, 0.05]) {
  for (const runs of [1, 3, 8, 20]) {
    const cells = changes.map((change) => {
      const { failed, open } = study({ runs, drift, change })
      return `${share(failed)} / ${share(open)}`
    })
    lines.push(`| ${runs} | ${100 * drift} % | ${cells.join(' | ')} |`)
  }
}
process.stdout.write(`${lines.join('\n')}\n`)
if (values.append !== undefined) await appendFile(values.append, section())

function study({ runs, drift, change }: { runs: number; drift: number; change: number }): {
  failed: number
  open: number
} {
  let failed = 0
  let open = 0
  for (let gate = 0; gate < gates; gate++) {
    const random = seededRandom(mixSeeds(seed, runs, drift * 1000, change * 1000, gate))
    const baseline = Array.from({ length: runs }, () => storedRun(drift, 0, random))
    const { verdict } = decideStored(gatedMetric('fps'), baseline, storedRun(drift, change, random), {
      comparisons: 3,
      otherMachine: false,
    })
    if (verdict === 'FAIL') failed++
    if (verdict === 'INCONCLUSIVE') open++
  }
  return { failed, open }
}

/** 37 FPS, less the change; the run's level drifts, its repetitions scatter around it. */
function storedRun(drift: number, change: number, random: Random): StoredFigure {
  const level = Math.log(37 / (1 + change)) + drift * normal(random)
  const repetitions = Array.from({ length: 3 }, () => Math.exp(level + noise * normal(random)))
  return { value: median(repetitions), repetitions }
}

function share(count: number): string {
  return `${((100 * count) / gates).toFixed(1)} %`
}

function section(): string {
  return [
    '',
    '## The regression gate against stored runs',
    '',
    `\`node dist/bench/gate/run-stored-studies.js --gates ${gates} --seed ${seed}\`, ${new Date().toISOString().slice(0, 10)}: ` +
      `${gates} comparisons a cell, FAIL / INCONCLUSIVE by FPS, runs of three repetitions with 2 % of noise between ` +
      'repetitions and normal drift between runs. This is why the documented default in CI is the live gate.',
    '',
    ...lines,
    '',
  ].join('\n')
}
