import { Outcome, Phase, type MeasurementSamples } from '../run/record.js'
import type { BatchFormed } from '../run/batches-formed.js'
import { computeQuantile, toMs, type LatencySummary } from './percentile.js'
import { stagesByRow, type RequestStages } from './request-stages.js'

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
  batches?: BatchFormed[] | undefined
  /** The measurement's start on the clock of the handler's moments, µs. */
  startedClockUs?: number | undefined
}

/** The stages of frame latency; undefined under closed load, or with too few frames. */
export function splitStages(
  samples: MeasurementSamples,
  frameLatenciesUs: Float64Array,
  { p99 }: Pick<LatencySummary, 'p99'>,
  { batches = [], startedClockUs }: StageSources,
): StageSplit | undefined {
  if (frameLatenciesUs.length < fewestFrames) return undefined
  const stagesOf = stagesByRow(samples.requests, batches, startedClockUs)
  const between = (fromUs: number, toUs: number) =>
    meanStages(framesBetween(samples, fromUs, toUs), samples, stagesOf)
  const at = (p: number) => computeQuantile(frameLatenciesUs, p)
  return {
    median: between(at(0.45), at(0.55)),
    ...(p99 !== undefined && { slowest: between(at(0.99), Number.POSITIVE_INFINITY) }),
  }
}

interface FrameAnswered {
  capturedUs: number
  row: number
}

function framesBetween({ frames }: MeasurementSamples, fromUs: number, toUs: number): FrameAnswered[] {
  const found: FrameAnswered[] = []
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== Phase.measured || frames.outcome[i] !== Outcome.ok) continue
    const capturedUs = frames.capturedUs[i]!
    const latencyUs = frames.answeredUs[i]! - capturedUs
    if (latencyUs >= fromUs && latencyUs <= toUs) found.push({ capturedUs, row: frames.requestRow[i]! })
  }
  return found
}

function meanStages(
  some: FrameAnswered[],
  { requests }: MeasurementSamples,
  stagesOf: (row: number) => RequestStages | undefined,
): StageTimes {
  const atRows = some.map(({ row }) => stagesOf(row))
  const knowledge = commonKnowledge(atRows)
  const sums = stagesKnown[knowledge].map(() => 0)
  for (const [i, { capturedUs, row }] of some.entries()) {
    const [dueUs, sentUs] = [requests.dueUs[row]!, requests.sentUs[row]!]
    const atServer = serverStages(knowledge, atRows[i], requests.answeredUs[row]! - sentUs)
    for (const [stage, us] of [dueUs - capturedUs, sentUs - dueUs, ...atServer].entries()) sums[stage]! += us
  }
  const mean = (sumUs: number) => toMs(sumUs / some.length)!
  return {
    frames: some.length,
    frameLatencyMs: mean(sums.reduce((total, sum) => total + sum, 0)),
    stages: stagesKnown[knowledge].map((stage, i) => ({ stage, ms: mean(sums[i]!) })),
  }
}

/** What is known of all these frames. Means over some of them would not add up. */
function commonKnowledge(all: readonly (RequestStages | undefined)[]): Knowledge {
  const every = (known: (stages: RequestStages) => boolean) =>
    all.every((stages) => stages !== undefined && known(stages))
  if (!every((stages) => stages.sentToHandlerUs !== undefined))
    return every((stages) => stages.handlerUs !== undefined) ? 'duration' : 'nothing'
  if (!every((stages) => stages.batch.origin !== undefined)) return 'moments'
  return every((stages) => stages.batch.origin!.basis === 'measured') ? 'measured' : 'inferred'
}

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
