import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import { type Ascending, Distribution } from './distribution.js'
import { computeQuantileCurve, type QuantilePoint } from './latency-distribution.js'
import type { MeasuredRepetition } from './measurement-summary.js'
import { worstOutcome, type Outcome } from './outcome.js'
import {
  computeQuantile,
  percentileRank,
  summariseLatencies,
  toMs,
  type LatencySummary,
} from './percentile.js'
import type { LatencyValues } from './pooled-samples.js'
import { startReadingAgain } from './read-missing.js'
import { computeSpread, type Spread } from './spread.js'
import type { TimingFigures } from './timing-figures.js'

/** The figures of a point that depend on when requests were sent: those that lateness changes. */
export interface PointTiming {
  fps?: Spread | undefined
  goodputFps?: Spread | undefined
  sloAttainment?: Spread | undefined
  sendLagP50Ms?: Spread | undefined
  sendLagP99Ms?: Spread | undefined
  frameLatency?: LatencySummary | undefined
  /** The range of the same percentiles over the single repetitions. */
  frameLatencySpread?: Partial<Record<PercentileName, Spread>> | undefined
  outcome?: Outcome | undefined
}

/** The latencies of these repetitions are added once more. */
export interface ReadAgain {
  of: readonly MeasuredRepetition[]
  to: LatencyValues
}

/**
 * Runs what yields what it has to read again, of a point and of each of its sites, to the end. Each sample file is read for
 * all of them together.
 *
 * @param repetitions whole measurements
 */
export function readTogether<Result>(
  repetitions: readonly MeasuredRepetition[],
  running: readonly Generator<ReadAgain, Result>[],
): Result[] {
  const open = running.map((one) => ({ one, state: one.next() }))
  const readerOf = (repetition: MeasuredRepetition) => {
    for (const { state } of open)
      if (state.done !== true && state.value.of.includes(repetition))
        return repetition.pooled.addAgain(state.value.to)
    return undefined
  }
  while (open.some(({ state }) => state.done !== true)) {
    for (const repetition of repetitions)
      (repetition.readAgain ?? addOnly)([repetition, ...(repetition.sites ?? [])].map(readerOf))
    for (const each of open) if (each.state.done !== true) each.state = each.one.next()
  }
  return open.map(({ state }) => {
    if (state.done !== true) throw new Error('the latencies of a point are not complete')
    return state.value
  })
}

/** Latencies in memory were added when their readers were asked for. */
function addOnly(): void {}

interface PooledFigures {
  timing: PointTiming
  /** With each request's own lateness taken away. */
  withoutLateness?: PointTiming | undefined
  requestLatency: LatencySummary
  latencyCurve: QuantilePoint[]
}

/** The figures of the latencies of all repetitions together. Yields what has to be read of them once more. */
export function* poolLatencies(
  used: readonly MeasuredRepetition[],
  isCamera: boolean,
): Generator<ReadAgain, PooledFigures> {
  const requestsUs = pool(used.map(({ pooled }) => pooled.requestLatenciesUs))
  const framesUs = pool(used.map(({ pooled }) => pooled.frameLatenciesUs))
  const framesOf = ({ pooled }: MeasuredRepetition) =>
    pooled.frameLatenciesWithoutLatenessUs ?? pooled.frameLatenciesUs
  // Undefined if no request of any repetition was late.
  const punctualUs = used.every(({ summary }) => summary.withoutLateness === undefined)
    ? undefined
    : pool(used.map(framesOf))
  const distributions = [requestsUs, framesUs, ...(punctualUs === undefined ? [] : [punctualUs])]
  const shownUs = isCamera ? framesUs : requestsUs
  const requests = requestsUs.length
  function compute(): PooledFigures {
    return {
      timing: poolTiming(
        used.map(({ summary, pooled }) => ({ figures: summary, framesUs: pooled.frameLatenciesUs })),
        { isCamera, requests, framesUs },
      ),
      requestLatency: summariseLatencies(requestsUs),
      withoutLateness:
        punctualUs &&
        poolTiming(
          used.map((one) => ({
            figures: one.summary.withoutLateness ?? one.summary,
            framesUs: framesOf(one),
          })),
          { isCamera, requests, framesUs: punctualUs },
        ),
      latencyCurve: computeQuantileCurve(shownUs, Math.min(requests, shownUs.length)),
    }
  }
  for (;;) {
    const figures = compute()
    if (distributions.every(({ isMissing }) => !isMissing)) return figures
    const missing = startReadingAgain(distributions)
    yield {
      of: used,
      to: { requests: requestsUs.again, frames: framesUs.again, framesWithoutLateness: punctualUs?.again },
    }
    for (const one of missing) one.endReading()
  }
}

interface RepetitionTiming {
  figures: TimingFigures
  framesUs: Ascending
}

/** @param pooled.requests answered correctly in all repetitions */
function poolTiming(
  repetitions: readonly RepetitionTiming[],
  { isCamera, requests, framesUs }: { isCamera: boolean; requests: number; framesUs: Ascending },
): PointTiming {
  const over = (figure: (figures: TimingFigures) => number | undefined) =>
    computeSpread(repetitions.map(({ figures }) => figure(figures)))
  return {
    fps: over(({ fps }) => fps),
    goodputFps: over(({ goodputFps }) => goodputFps),
    sloAttainment: over(({ sloAttainment }) => sloAttainment),
    sendLagP50Ms: over(({ sendLagP50Ms }) => sendLagP50Ms),
    sendLagP99Ms: over(({ sendLagP99Ms }) => sendLagP99Ms),
    frameLatency: isCamera ? summariseLatencies(framesUs, Math.min(requests, framesUs.length)) : undefined,
    frameLatencySpread: isCamera ? latencySpread(repetitions) : undefined,
    outcome: worstOutcome(repetitions.map(({ figures }) => figures.outcome)),
  }
}

function latencySpread(repetitions: readonly RepetitionTiming[]): Partial<Record<PercentileName, Spread>> {
  const quantile = (name: PercentileName) =>
    computeSpread(repetitions.map(({ framesUs }) => toMs(computeQuantile(framesUs, percentileRank(name)))))
  return Object.fromEntries(percentileNames.map((name) => [name, quantile(name)]))
}

function pool(parts: readonly Distribution[]): Distribution {
  if (parts.length === 1) return parts[0]!
  const all = new Distribution()
  for (const part of parts) all.addAll(part)
  return all
}
