import { gatedMetric } from '../../src/gate/gated-metric.js'
import { gateVerdict, type GateVerdict } from '../../src/gate/gate-result.js'
import { runPairs, type Side } from '../../src/gate/live/run-pairs.js'
import { mixSeeds, seededRandom } from '../../src/system/seeded-random.js'
import { machineSlowdowns, processSlowdowns, type MachineNoise } from './machine-noise.js'
import { simulateRepetition, type SimulatedLoad } from './simulate-repetition.js'

export interface Study {
  name: string
  machine: MachineNoise
  /** Change of every service time of the candidate: 0.1 is 10 % longer, −0.1 is 10 % shorter. */
  change: number
  /** Share of the candidate's batches that take three times as long. */
  slowBatches?: number
  /** One process per side for the whole gate, as with a server that is given by its URL, instead of one per pair. */
  sameProcesses?: boolean
  target?: Target
}

/** A requirement on the share of gates with a result. */
export interface Target {
  what: 'fails' | 'passes' | 'found by fps' | 'found by p99'
  atLeast?: number
  atMost?: number
}

export interface StudyResult {
  verdicts: Record<GateVerdict, number>
  /** Gates in which this metric was FAIL. */
  failedBy: Record<string, number>
  pairsMean: number
  /** Mean over the gates of the smallest change in FPS that the gate would have detected, as a log ratio. */
  detectableFps: number
}

const metrics = [
  gatedMetric('fps'),
  gatedMetric('requestLatencyP50Ms'),
  gatedMetric('requestLatencyP99Ms'),
  gatedMetric('errorRate'),
]

/** ResNet-18 on two cores: t(b) = 7 + 25·b ms, batches of 4, 8 frames in flight, 20 s windows (about 740 requests). */
const server = { tauMs: 7, alphaMs: 25, jitter: 0.03 }
const load: SimulatedLoad = {
  framesInFlight: 8,
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  warmupMs: 2000,
  durationMs: 20_000,
}

/** Runs the real gate `gates` times against the simulated server. */
export async function runStudy(study: Study, gates: number, seed: number): Promise<StudyResult> {
  const verdicts = { PASS: 0, FAIL: 0, INCONCLUSIVE: 0, INVALID: 0 }
  const failedBy: Record<string, number> = {}
  let pairs = 0
  let detectable = 0
  for (let gate = 0; gate < gates; gate++) {
    const random = seededRandom(mixSeeds(seed, gate))
    const nextSlowdown = machineSlowdowns(study.machine, random)
    const nextProcess = processSlowdowns(study.machine, seededRandom(mixSeeds(seed, gate, 2)))
    let processes: Record<Side, number> | undefined
    const outcome = await runPairs({
      metrics,
      seed: mixSeeds(seed, gate, 1),
      startSides: () => {
        if (processes === undefined || study.sameProcesses !== true)
          processes = { baseline: nextProcess(), candidate: nextProcess() }
        return Promise.resolve()
      },
      measureSide: (side) => {
        const changed = side === 'candidate'
        const slowdown = nextSlowdown() * processes![side] * (changed ? 1 + study.change : 1)
        const slowBatches = changed ? (study.slowBatches ?? 0) : 0
        return Promise.resolve(simulateRepetition({ ...server, slowdown, slowBatches }, load, random))
      },
    })
    verdicts[gateVerdict({ metrics: outcome.decisions, thresholds: [], invalid: outcome.gaveUp })]++
    for (const { metric, verdict } of outcome.decisions)
      if (verdict === 'FAIL') failedBy[metric.name] = (failedBy[metric.name] ?? 0) + 1
    pairs += outcome.pairs.length
    detectable += outcome.decisions[0]?.minimumDetectableEffect ?? Number.NaN
  }
  return { verdicts, failedBy, pairsMean: pairs / gates, detectableFps: detectable / gates }
}
