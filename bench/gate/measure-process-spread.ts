import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mean, sampleVariance } from 'simple-statistics'
import { collectRun } from '../../src/analysis/analyse-run.js'
import { planSide } from '../../src/gate/live/plan-side.js'
import { openSide, type SideRun } from '../../src/gate/live/side-run.js'
import { openClips } from '../../src/measure/prepare-clip.js'
import { seededRandom, shuffled } from '../../src/system/seeded-random.js'

/*
 * Does one process of a server differ from another of the same server for as long as both live? Starts several processes and
 * measures all of them in rounds, in random order within each round. The machine's drift then belongs to the round, and the
 * rest to the process:
 *
 *   node dist/bench/gate/measure-process-spread.js [--server torchserve] [--processes 4] [--windows 8]
 *     [--set measure.durationS=8] [--scenario bench/gate/live-gate.yaml]
 *
 * Two-way analysis of variance of ln(fps): the variance of the processes' means, minus the share that the variation within a
 * process explains.
 */

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'torchserve' },
    processes: { type: 'string', default: '4' },
    windows: { type: 'string', default: '8' },
    set: { type: 'string', multiple: true, default: [] },
    scenario: { type: 'string', default: 'bench/gate/live-gate.yaml' },
  },
})
const windows = Number(values.windows)
const count = Number(values.processes)
const folder = await mkdtemp(join(tmpdir(), 'framestorm-process-spread-'))
const rounds: number[][] = []
const processes: SideRun[] = []
try {
  const signal = new AbortController().signal
  const clips = openClips({ signal, onProgress: () => {} })
  const observers = { collect: collectRun, onStatus: () => {}, onLoadProgress: () => {} }
  for (let number = 0; number < count; number++) {
    const { manifest, point } = await planSide(
      { scenarioFile: values.scenario, set: values.set },
      values.server,
      'baseline',
    )
    const side = await openSide(join(folder, `${number}`), manifest, point, { signal, clips, ...observers })
    processes.push(side)
    await side.start(1)
  }
  const random = seededRandom(1)
  for (let round = 1; round <= windows; round++) {
    const fps: number[] = []
    for (const number of shuffled([...processes.keys()], random))
      fps[number] = (await processes[number]!.measure(round)).values.fps!
    rounds.push(fps)
    process.stdout.write(`round ${round}: ${fps.map((each) => each.toFixed(2)).join(' ')}\n`)
  }
} finally {
  for (const side of processes) await side.stop()
  await rm(folder, { recursive: true })
}

const residuals = rounds.map((fps) => {
  const logs = fps.map((each) => Math.log(each))
  return logs.map((each) => each - mean(logs))
})
const means = [...processes.keys()].map((number) => mean(residuals.map((round) => round[number]!)))
const scatter = residuals.flatMap((round) => round.map((each, number) => (each - means[number]!) ** 2))
const within = scatter.reduce((sum, square) => sum + square, 0) / ((windows - 1) * (count - 1))
const between = sampleVariance(means) - within / windows
const percent = (variance: number) => `${(100 * Math.sqrt(Math.max(0, variance))).toFixed(2)} %`
process.stdout.write(
  `processes, against the mean of all: ${means.map((each) => `${(100 * each).toFixed(2)} %`).join(' ')}\n` +
    `standard deviation of ln(fps): within a process ${percent(within)}, between processes ${percent(between)}, ` +
    `F(${count - 1}, ${(windows - 1) * (count - 1)}) = ${((windows * sampleVariance(means)) / within).toFixed(1)}\n`,
)
