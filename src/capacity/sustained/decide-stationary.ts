import jStat from 'jstat'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { EpochCounts } from '../simulator/simulate-stationary.js'
import type { Decision } from '../verdict/conditions.js'
import type { ValueRange } from './value-range.js'

export interface StationaryRule {
  /** 99: at most 1 % of the requests may be late. */
  percentile: number
  /** Fewest epochs that can pass: a bad alignment of phases may be rare. A failure may show earlier. */
  epochsMin: number
  /** The simulation ends after as many epochs, decided or not. */
  epochsMax: number
}

export interface StationaryVerdict {
  decision: Decision
  /** Share of late requests, with its 99 % interval. p99 is within the SLO if it is 1 % or less. */
  lateShare: ValueRange
}

const confidence = 0.99

/** Fewest batches of epochs whose means show how far their mean may be off. */
const fewestBatches = 8

/**
 * Decides after each epoch whether the percentile is within the SLO in the long run, from the share of late requests and
 * its interval by batch means over epochs. The interval is looked at after 8, 12, 18, 27 … epochs, and the error
 * probability is divided by the number of looks (Bonferroni), so that stopping at the first decision is safe. A queue that
 * grows fails at once: more requests are late already than may be late until `epochsMax`, and in most epochs. If they are
 * late in few epochs, a rare alignment of phases may have come early, and only the interval decides.
 */
export function decideStationary(epochs: readonly EpochCounts[], rule: StationaryRule): StationaryVerdict {
  const allowed = 1 - rule.percentile / 100
  const requests = sum(epochs, ({ requests }) => requests)
  const late = sum(epochs, ({ late }) => late)
  const looks = looksUntil(rule.epochsMax)
  const lateShare = lateShareRange(epochs, (1 - confidence) / looks.length)
  const verdict = (decision: Decision): StationaryVerdict => ({ decision, lateShare })
  const requestsAtEnd = (requests / epochs.length) * rule.epochsMax
  const epochsOver = epochs.filter(({ requests, late }) => late > allowed * requests).length
  if (late > allowed * requestsAtEnd && epochsOver > epochs.length / 2) return verdict('fail')
  if (!looks.includes(epochs.length)) return verdict('undecided')
  if (lateShare.low > allowed) return verdict('fail')
  return verdict(lateShare.high <= allowed && epochs.length >= rule.epochsMin ? 'pass' : 'undecided')
}

/** The numbers of epochs after which the interval is looked at: growing by half each, and the last one. */
function looksUntil(epochsMax: number): number[] {
  const looks: number[] = []
  for (let look = fewestBatches; look < epochsMax; look = Math.floor(1.5 * look)) looks.push(look)
  return [...looks, epochsMax]
}

/**
 * Share of late requests with its interval by batch means (Law & Kelton, Simulation Modeling and Analysis, §9.5.3). Epochs
 * that follow each other are not independent if a queue takes long to empty, so batches of 1, 2, 4 … epochs are tried, and
 * the widest interval counts. Without late requests there is no spread, and the bound is that of as many independent
 * requests.
 */
function lateShareRange(epochs: readonly EpochCounts[], doubt: number): ValueRange {
  const requests = sum(epochs, ({ requests }) => requests)
  const value = requests === 0 ? 0 : sum(epochs, ({ late }) => late) / requests
  if (epochs.length < fewestBatches || requests === 0) return { value, low: 0, high: 1 }
  // The rule of three, at this error probability.
  let margin = -Math.log(doubt / 2) / requests
  for (let size = 1; epochs.length / size >= fewestBatches; size *= 2) {
    const shares = batchShares(epochs, size)
    const t = jStat.studentt.inv(1 - doubt / 2, shares.length - 1)
    margin = Math.max(margin, (t * sampleStandardDeviation(shares)) / Math.sqrt(shares.length))
  }
  return { value, low: Math.max(0, value - margin), high: Math.min(1, value + margin) }
}

/** Late requests of each batch of epochs ÷ the mean number of requests in a batch. An incomplete batch is left out. */
function batchShares(epochs: readonly EpochCounts[], size: number): number[] {
  const batches = Array.from({ length: Math.floor(epochs.length / size) }, (_, batch) =>
    epochs.slice(batch * size, (batch + 1) * size),
  )
  const requests = mean(batches.map((batch) => sum(batch, ({ requests }) => requests)))
  return batches.map((batch) => sum(batch, ({ late }) => late) / requests)
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0)
}
