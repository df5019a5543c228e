import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mean } from 'simple-statistics'
import { collectRun } from '../../src/analysis/analyse-run.js'
import { planSide } from '../../src/gate/live/plan-side.js'
import { openSide, type SideRun } from '../../src/gate/live/side-run.js'
import { forBoth } from '../../src/gate/live/start-pairs.js'
import { openClips } from '../../src/measure/prepare-clip.js'

/*
 * What does a live gate take besides its windows? Starts the processes of one pair and of several at once, and measures a
 * window on each:
 *
 *   node dist/bench/gate/measure-gate-costs.js [--server torchserve] [--pairs 4] [--set measure.durationS=2]
 *     [--scenario scenarios/gate.yaml]
 */

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'torchserve' },
    pairs: { type: 'string', default: '4' },
    set: { type: 'string', multiple: true, default: [] },
    scenario: { type: 'string', default: 'scenarios/gate.yaml' },
  },
})
const pairs = Number(values.pairs)
const folder = await mkdtemp(join(tmpdir(), 'framestorm-gate-costs-'))
const signal = new AbortController().signal
const clips = openClips({ signal, onProgress: () => {} })
const request = { scenarioFile: values.scenario, set: values.set }
const planned = await planSide(request, values.server, 'baseline')
const open = (side: string): Promise<SideRun> =>
  openSide(join(folder, side), planned.manifest, planned.point, {
    signal,
    clips,
    collect: collectRun,
    onStatus: () => {},
    onLoadProgress: () => {},
  })
const sides = { baseline: await open('baseline'), candidate: await open('candidate') }
const windowS = planned.point.measure.durationS
let repetition = 0

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

function print(what: string, seconds: number): void {
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s\n`)
}

async function measureEach(count: number): Promise<void> {
  const seconds: number[] = []
  for (let pair = 0; pair < count; pair++) {
    repetition++
    for (const side of [sides.baseline, sides.candidate]) {
      seconds.push(await secondsOf(() => side.measure(repetition)))
      side.moveOn()
    }
  }
  print(`a window of ${windowS} s, besides its length`, mean(seconds) - windowS)
}

try {
  print(
    'start of the first pair, with answers for comparison',
    await secondsOf(() => forBoth(sides, (side) => side.start(1))),
  )
  print(
    'request rate of both sides',
    await secondsOf(async () => {
      await sides.baseline.requestRate()
      await sides.candidate.requestRate()
    }),
  )
  const bytes = (await sides.baseline.processBytes()) ?? Number.NaN
  process.stdout.write(`memory of a process: ${Math.round(bytes / 1e6)} MB\n`)
  await measureEach(1)
  for (const count of [1, pairs, pairs]) {
    print('end of the processes', await secondsOf(() => forBoth(sides, (side) => side.stopMeasured())))
    print(
      `start of ${count} pairs at once`,
      await secondsOf(() => forBoth(sides, (side) => side.start(count))),
    )
    await measureEach(count)
  }
} finally {
  await forBoth(sides, (side) => side.stop())
  await rm(folder, { recursive: true })
}
