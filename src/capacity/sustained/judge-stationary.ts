import type { ServiceTimes } from '../simulator/service-model.js'
import { type EpochCounts, minuteS, simulateStationary } from '../simulator/simulate-stationary.js'
import type { SimulatedSetting } from '../simulator/simulated-setting.js'
import { decideStationary, type StationaryRule, type StationaryVerdict } from './decide-stationary.js'

export interface StationaryResult extends StationaryVerdict {
  /** Simulated time, without the first epoch. */
  simulatedS: number
}

/**
 * `thorough` decides whether a number of cameras passes: minutes, for up to an hour. `quick` and `medium` have shorter
 * epochs, to screen many numbers and to find an edge.
 */
export type StationaryEffort = 'thorough' | 'medium' | 'quick'

/**
 * Whether this many cameras keep the percentile within the SLO in the long run, with service times as given: simulates
 * until that is decided or the simulation is long enough.
 */
export function judgeStationary(
  setting: SimulatedSetting,
  options: {
    cameras: number
    serviceTimes: ServiceTimes
    percentile: number
    seed: number
    effort?: StationaryEffort
  },
): StationaryResult {
  const { percentile, effort = 'thorough' } = options
  const framesPerS = options.cameras * setting.load.fps
  const { epochS, ...epochs } =
    effort === 'thorough' ? thoroughEpochs(framesPerS) : shortEpochs(framesPerS, setting, efforts[effort])
  const rule: StationaryRule = { percentile, ...epochs }
  const counts: EpochCounts[] = []
  for (const epoch of simulateStationary(setting, { ...options, epochS })) {
    counts.push(epoch)
    const verdict = decideStationary(counts, rule)
    if (verdict.decision !== 'undecided' || counts.length >= rule.epochsMax)
      return { ...verdict, simulatedS: counts.length * epochS }
  }
  throw new Error('a stationary simulation has no end')
}

interface Epochs extends Pick<StationaryRule, 'epochsMin' | 'epochsMax'> {
  epochS: number
}

/** About 10 s of CPU on one core. */
const mostFrames = 8e6
/** About half a second of CPU: where frames are few, more phases are tried before a number passes. */
const fewestFrames = 4e5
/** Fewer show nothing about a p99. */
const framesForVerdict = 3000

/** Up to an hour in minutes. With so many frames that eight minutes take too long, epochs are shorter. */
function thoroughEpochs(framesPerS: number): Epochs {
  const epochS = Math.min(minuteS, mostFrames / 10 / framesPerS)
  const epochsFor = (frames: number) => Math.ceil(frames / (framesPerS * epochS))
  const epochsMax = Math.max(Math.min(60, epochsFor(mostFrames)), epochsFor(framesForVerdict))
  return { epochS, epochsMin: Math.min(epochsMax, Math.max(8, epochsFor(fewestFrames))), epochsMax }
}

const efforts = {
  medium: { requestsPerEpoch: 6000, epochsMin: 12, epochsMax: 40 },
  quick: { requestsPerEpoch: 1000, epochsMin: 8, epochsMax: 18 },
}

/**
 * Epochs of so many requests, of ten periods of a camera at least and a minute at most. If a minute has fewer requests, there
 * are more epochs.
 */
function shortEpochs(
  framesPerS: number,
  { load, framesPerRequest }: SimulatedSetting,
  { requestsPerEpoch, epochsMin, epochsMax }: (typeof efforts)['quick'],
): Epochs {
  const enoughS = (requestsPerEpoch * framesPerRequest) / framesPerS
  const epochS = Math.min(Math.max(10 / load.fps, enoughS), Math.max(1 / load.fps, minuteS))
  const more = Math.max(1, enoughS / epochS)
  return { epochS, epochsMin: Math.ceil(more * epochsMin), epochsMax: Math.ceil(more * epochsMax) }
}
