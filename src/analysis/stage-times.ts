import { Outcome, Phase } from '../run/record.js'
import type { Batches } from '../run/batches-formed.js'
import type { Ascending } from './distribution.js'
import type { Fold } from './fold.js'
import { computeQuantile, toMs, type LatencySummary } from './percentile.js'
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

/** The frames whose stages are averaged, by their latency, µs. */
export interface StageBounds {
  medianFromUs: number
  medianToUs: number
  /** Absent if there are too few frames for a p99. */
  slowestFromUs?: number | undefined
}

/** Undefined with too few frames. */
export function findStageBounds(
  frameLatenciesUs: Ascending,
  { p99 }: Pick<LatencySummary, 'p99'>,
): StageBounds | undefined {
  if (frameLatenciesUs.length < fewestFrames) return undefined
  const at = (p: number) => computeQuantile(frameLatenciesUs, p)
  return {
    medianFromUs: at(0.45),
    medianToUs: at(0.55),
    ...(p99 !== undefined && { slowestFromUs: at(0.99) }),
  }
}

/** The stages of frame latency. */
export function splitStages(
  { medianFromUs, medianToUs, slowestFromUs }: StageBounds,
  { batches, startedClockUs }: StageSources,
): Fold<StageSplit> {
  const stages = batches && openStages(batches, startedClockUs)
  const median = meanStages()
  const slowest = meanStages()
  return {
    add({ requests, frames }) {
      const stagesOf = stages?.ofPart(requests)
      for (let i = 0; i < frames.count; i++) {
        if (frames.phase[i] !== Phase.measured || frames.outcome[i] !== Outcome.ok) continue
        const capturedUs = frames.capturedUs[i]!
        const latencyUs = frames.answeredUs[i]! - capturedUs
        const isMedian = latencyUs >= medianFromUs && latencyUs <= medianToUs
        const isSlowest = slowestFromUs !== undefined && latencyUs >= slowestFromUs
        if (!isMedian && !isSlowest) continue
        const row = frames.requestRow[i]!
        const frame = {
          capturedUs,
          dueUs: requests.dueUs[row]!,
          sentUs: requests.sentUs[row]!,
          answeredUs: requests.answeredUs[row]!,
          stages: stagesOf?.(row),
        }
        if (isMedian) median.add(frame)
        if (isSlowest) slowest.add(frame)
      }
    },
    result() {
      stages?.close()
      return {
        median: median.result(),
        ...(slowestFromUs !== undefined && { slowest: slowest.result() }),
      }
    },
  }
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
