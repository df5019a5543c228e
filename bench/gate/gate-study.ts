import { gateDesign } from '../../src/gate/decision/gate-design.js'
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
  /** With longer windows p99 is gated, too. Default: `shortWindowS`. */
  windowS?: number
  /** Default: that of the gate. */
  budgetS?: number
  targets?: Target[]
}

/** A requirement: on a share of the gates, or on the seconds that they take. */
export interface Target {
  what: 'fails' | 'passes' | 'undecided' | 'found by fps' | 'found by p99' | 'median seconds' | 'most seconds'
  atLeast?: number
  atMost?: number
}

export interface StudyResult {
  verdicts: Record<GateVerdict, number>
  /** Gates in which this metric was FAIL. */
  failedBy: Record<string, number>
  /** Of each gate. */
  pairs: number[]
  seconds: number[]
  /** Mean over the gates of the smallest change in FPS that the gate would have detected, as a log ratio. */
  detectableFps: number
}

const shortWindowMetrics = [gatedMetric('fps'), gatedMetric('requestLatencyP50Ms'), gatedMetric('errorRate')]
const longWindowMetrics = [...shortWindowMetrics, gatedMetric('requestLatencyP99Ms')]

/** The windows of scenarios/gate.yaml. */
export const shortWindowS = 2

/** A window that holds the 368 requests of a p99 here. */
export const longWindowS = 20

/** ResNet-18 on two cores: t(b) = 7 + 25·b ms, batches of 4, 8 frames in flight (37 requests per second). */
const server = { tauMs: 7, alphaMs: 25, jitter: 0.03 }
const load: Omit<SimulatedLoad, 'durationMs'> = {
  framesInFlight: 8,
  serverBatchSize: 4,
  maxBatchDelayMs: 50,
  warmupMs: 500,
}

/** What a gate on TorchServe takes on two cores, s; bench/gate/RESULTS.md says how it was measured. */
export const costs = {
  /** From the first start to the first pair: answers for comparison, and the load that shows the request rate. */
  beforeFirstPair: 16,
  /** The start of both processes of a pair, if several pairs start at once. */
  startOfPair: 5.6,
  /** Per start of several pairs: the end of the earlier processes, and what does not use all cores. */
  startsAtOnce: 4,
  /** Warm-up of 2 s, and all that a window needs besides its length. */
  besidesWindow: 2.9,
} as const

/** Runs the real gate `gates` times against the simulated server. */
export async function runStudy(study: Study, gates: number, seed: number): Promise<StudyResult> {
  const { windowS = shortWindowS, budgetS } = study
  const verdicts = { PASS: 0, FAIL: 0, INCONCLUSIVE: 0, INVALID: 0 }
  const failedBy: Record<string, number> = {}
  const pairs: number[] = []
  const seconds: number[] = []
  let detectable = 0
  for (let gate = 0; gate < gates; gate++) {
    const random = seededRandom(mixSeeds(seed, gate))
    const nextSlowdown = machineSlowdowns(study.machine, random)
    const nextProcess = processSlowdowns(study.machine, seededRandom(mixSeeds(seed, gate, 2)))
    let nowS = costs.beforeFirstPair
    let pair = 0
    let processes: Record<Side, number> = { baseline: nextProcess(), candidate: nextProcess() }
    const outcome = await runPairs({
      metrics: windowS < longWindowS ? shortWindowMetrics : longWindowMetrics,
      seed: mixSeeds(seed, gate, 1),
      startPairs(wanted) {
        const started = Math.min(wanted, gateDesign.pairsAtOnce)
        nowS += costs.startsAtOnce + started * costs.startOfPair
        return Promise.resolve(started)
      },
      measureSide(side, number) {
        if (number !== pair && study.sameProcesses !== true)
          processes = { baseline: nextProcess(), candidate: nextProcess() }
        pair = number
        nowS += costs.besidesWindow + windowS
        const changed = side === 'candidate'
        const slowdown = nextSlowdown() * processes[side] * (changed ? 1 + study.change : 1)
        const slowBatches = changed ? (study.slowBatches ?? 0) : 0
        const window = { ...load, durationMs: 1000 * windowS }
        return Promise.resolve(simulateRepetition({ ...server, slowdown, slowBatches }, window, random))
      },
      budget: {
        seconds: budgetS ?? gateDesign.budgetS,
        leastPairs: budgetS === undefined ? gateDesign.looks[0] : 0,
        now: () => nowS,
      },
    })
    verdicts[gateVerdict({ metrics: outcome.decisions, thresholds: [], invalid: outcome.gaveUp })]++
    for (const { metric, verdict } of outcome.decisions)
      if (verdict === 'FAIL') failedBy[metric.name] = (failedBy[metric.name] ?? 0) + 1
    pairs.push(outcome.pairs.length)
    seconds.push(nowS)
    detectable += outcome.decisions[0]?.minimumDetectableEffect ?? Number.NaN
  }
  return { verdicts, failedBy, pairs, seconds, detectableFps: detectable / gates }
}
