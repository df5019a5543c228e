import { Outcome, Phase } from '../run/record.js'
import type { Batches } from '../run/batches-formed.js'
import type { Distribution, Range } from './distribution.js'
import type { Fold } from './fold.js'
import { quantileRange, toMs, type LatencySummary } from './percentile.js'
import { openStages, type RequestStages } from './request-stages.js'

const fewestFrames = 20

/**
 * The stages into which a frame's latency is split, in order of time. They depend on what the server reports: waits in
 * the queue (measured or inferred), moments inside Framestorm's handler, the handler's duration only, or nothing.
 */
const inHandler = ['decode', 'inference', 'handler, rest', 'handler to answer'] as const
const stagesKnown = {
  measured: ['fill wait', 'send lag', 'queue wait', 'batch wait', 'network and hand-over', ...inHandler],
  inferred: [
    'fill wait',
    'send lag',
    'queue wait (inferred)',
    'batch wait (inferred)',
    'network and hand-over',
    ...inHandler,
  ],
  moments: ['fill wait', 'send lag', 'sent to handler', ...inHandler],
  duration: ['fill wait', 'send lag', 'network, queue and batch wait', 'handler'],
  nothing: ['fill wait', 'send lag', 'sent to answered'],
} as const

type Knowledge = keyof typeof stagesKnown
export type Stage = (typeof stagesKnown)[Knowledge][number]

/** Means over some frames. The stages of each frame add up to its latency, so the means add up too. */
export interface StageTimes {
  frames: number
  frameLatencyMs: number
  stages: { stage: Stage; ms: number }[]
}

export interface StageSplit {
  /** Frames between the 45th and the 55th percentile of frame latency. */
  median: StageTimes
  /**
   * The slowest 1 % of frames. Stages of the same frames are averaged: percentiles of stages do not add up. Absent if
   * there are too few frames for a p99.
   */
  slowest?: StageTimes | undefined
}

export interface StageSources {
  batches?: Batches | undefined
  /** The measurement's start on the clock of the handler's moments, µs. */
  startedClockUs?: number | undefined
}

/** The frames whose stages are averaged, by their latency, µs; each limit is in a range until it is known. */
export interface StageBounds {
  medianFromUs: Range
  medianToUs: Range
  /** Absent if there are too few frames for a p99. */
  slowestFromUs?: Range | undefined
}

/** Undefined with too few frames. */
export function findStageBounds(
  frameLatenciesUs: Distribution,
  { p99 }: Pick<LatencySummary, 'p99'>,
): StageBounds | undefined {
  if (frameLatenciesUs.length < fewestFrames) return undefined
  const at = (p: number) => quantileRange(frameLatenciesUs, p)
  return {
    medianFromUs: at(0.45),
    medianToUs: at(0.55),
    ...(p99 !== undefined && { slowestFromUs: at(0.99) }),
  }
}

/** Stages of frames, added while the bounds may not be known yet. */
export interface StageSplitter extends Pick<Fold<StageSplit>, 'add'> {
  /** @returns undefined if too many frames are so close to a bound that they have to be read again */
  result: (bounds: StageBounds) => StageSplit | undefined
}

/** Frames so close to a bound that they wait until it is known: 40 MB. A hundred million frames may have 70,000. */
const mostUndecided = 1 << 17

/** The stages of frame latency. */
export function splitStages(
  ranges: StageBounds,
  { batches, startedClockUs }: StageSources,
  most = mostUndecided,
): StageSplitter {
  const stages = batches && openStages(batches, startedClockUs)
  const median = meanStages()
  const slowest = meanStages()
  let undecided: { latencyUs: number; frame: FrameAnswered }[] | undefined = []
  return {
    add({ requests, frames }) {
      const stagesOf = stages?.ofPart(requests)
      if (undecided === undefined) return
      for (let i = 0; i < frames.count; i++) {
        if (frames.phase[i] !== Phase.measured || frames.outcome[i] !== Outcome.ok) continue
        const capturedUs = frames.capturedUs[i]!
        const latencyUs = frames.answeredUs[i]! - capturedUs
        const isMedian = isInMiddle(latencyUs, ranges)
        const isSlowest = isSlow(latencyUs, ranges)
        if (isMedian === false && isSlowest === false) continue
        const row = frames.requestRow[i]!
        const frame = {
          capturedUs,
          dueUs: requests.dueUs[row]!,
          sentUs: requests.sentUs[row]!,
          answeredUs: requests.answeredUs[row]!,
          stages: stagesOf?.(row),
        }
        if (isMedian === undefined || isSlowest === undefined) {
          undecided.push({ latencyUs, frame })
          continue
        }
        if (isMedian) median.add(frame)
        if (isSlowest) slowest.add(frame)
      }
      if (undecided.length > most) undecided = undefined
    },
    result(bounds) {
      stages?.close()
      if (undecided === undefined) return undefined
      for (const { latencyUs, frame } of undecided.splice(0)) {
        if (isInMiddle(latencyUs, bounds) === true) median.add(frame)
        if (isSlow(latencyUs, bounds) === true) slowest.add(frame)
      }
      return {
        median: median.result(),
        ...(ranges.slowestFromUs !== undefined && { slowest: slowest.result() }),
      }
    },
  }
}

/** Undefined if that depends on where in its range a bound is. */
function isInMiddle(us: number, { medianFromUs, medianToUs }: StageBounds): boolean | undefined {
  if (us < medianFromUs.low || us > medianToUs.high) return false
  return us >= medianFromUs.high && us <= medianToUs.low ? true : undefined
}

function isSlow(us: number, { slowestFromUs }: StageBounds): boolean | undefined {
  if (slowestFromUs === undefined || us < slowestFromUs.low) return false
  return us >= slowestFromUs.high ? true : undefined
}

interface FrameAnswered {
  capturedUs: number
  dueUs: number
  sentUs: number
  answeredUs: number
  stages: RequestStages | undefined
}

/**
 * Means over frames, in the stages that are known of all of them. Means over some of them would not add up. So the stages
 * are added up for each thing that may turn out to be known.
 */
function meanStages(): { add: (frame: FrameAnswered) => void; result: () => StageTimes } {
  const possible = knowledges.map((knowledge) => ({
    knowledge,
    sums: stagesKnown[knowledge].map(() => 0),
  }))
  let known = possible
  let frames = 0
  return {
    add({ capturedUs, dueUs, sentUs, answeredUs, stages }) {
      frames++
      if (!isKnown[known[0]!.knowledge](stages))
        known = known.filter(({ knowledge }) => isKnown[knowledge](stages))
      for (const { knowledge, sums } of known) {
        const atServer = serverStages(knowledge, stages, answeredUs - sentUs)
        sums[0]! += dueUs - capturedUs
        sums[1]! += sentUs - dueUs
        for (const [stage, us] of atServer.entries()) sums[stage + 2]! += us
      }
    },
    result() {
      const { knowledge, sums } = known[0]!
      const mean = (sumUs: number) => toMs(sumUs / frames)!
      return {
        frames,
        frameLatencyMs: mean(sums.reduce((total, sum) => total + sum, 0)),
        stages: stagesKnown[knowledge].map((stage, i) => ({ stage, ms: mean(sums[i]!) })),
      }
    },
  }
}

const knowsMoments = (stages: RequestStages | undefined) => stages?.sentToHandlerUs !== undefined

/** Whether that much is known of a frame, the most first. */
const isKnown: Record<Knowledge, (stages: RequestStages | undefined) => boolean> = {
  measured: (stages) => knowsMoments(stages) && stages!.batch.origin?.basis === 'measured',
  inferred: (stages) => knowsMoments(stages) && stages!.batch.origin !== undefined,
  moments: knowsMoments,
  duration: (stages) => stages?.handlerUs !== undefined,
  nothing: () => true,
}
const knowledges = ['measured', 'inferred', 'moments', 'duration', 'nothing'] as const satisfies Knowledge[]

/** They add up to the request's latency. */
function serverStages(knowledge: Knowledge, stages: RequestStages | undefined, latencyUs: number): number[] {
  if (knowledge === 'nothing') return [latencyUs]
  const { handlerUs = 0 } = stages!
  // It is not known when the handler ran within the time at the server. All waiting is attributed to the time before
  // it.
  if (knowledge === 'duration') return [Math.max(0, latencyUs - handlerUs), Math.min(latencyUs, handlerUs)]
  const { sentToHandlerUs = 0, queueWaitUs = 0, batchWaitUs = 0 } = stages!
  const { decodeUs = 0, inferenceUs = 0, handlerRestUs = 0, handlerToAnswerUs = 0 } = stages!
  const inside = [decodeUs, inferenceUs, handlerRestUs, handlerToAnswerUs]
  if (knowledge === 'moments') return [sentToHandlerUs, ...inside]
  return [queueWaitUs, batchWaitUs, sentToHandlerUs - queueWaitUs - batchWaitUs, ...inside]
}
