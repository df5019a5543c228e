import type { MeasurementSamples } from '../samples/sample-columns.js'
import { outcomes, phases } from '../samples/sample-columns.js'
import type { BatchFormed } from './batches-formed.js'
import { rowOf } from './latencies.js'
import { toMs } from './milliseconds.js'
import { quantileOf } from './percentile.js'

const measured = phases.indexOf('measured')
const ok = outcomes.indexOf('ok')
const fewestFrames = 20

/**
 * What is known of a frame's way decides into which stages it is split, in this order of time:
 * with the moments inside our own handler, with the handler's duration alone, with nothing from the server.
 */
const stagesKnown = {
  moments: [
    'fill wait',
    'send lag',
    'sent to handler',
    'decode',
    'inference',
    'handler, rest',
    'handler to answer',
  ],
  duration: ['fill wait', 'send lag', 'network, queue and batch wait', 'handler'],
  nothing: ['fill wait', 'send lag', 'sent to answered'],
} as const

type Knowledge = keyof typeof stagesKnown
export type Stage = (typeof stagesKnown)[Knowledge][number]

/** Means over some frames; the stages of a frame sum to its latency, so these do. */
export interface StageTimes {
  frames: number
  frameLatencyMs: number
  stages: { stage: Stage; ms: number }[]
}

export interface StageSplit {
  /** Frames between the 45th and the 55th percentile of frame latency. */
  median: StageTimes
  /** The slowest 1 % of frames. Stages of the same frames are averaged: percentiles of stages do not add up. */
  slowest: StageTimes
}

export interface StageSources {
  batches?: BatchFormed[]
  /** The measurement's start on the clock of the handler's moments, µs. */
  startedClockUs?: number
}

/** Where the time of the frames went; undefined under closed load and where frames are too few. */
export function stageSplit(
  samples: MeasurementSamples,
  rows: Int32Array,
  frameLatenciesUs: Float64Array,
  { batches = [], startedClockUs }: StageSources,
): StageSplit | undefined {
  if (frameLatenciesUs.length < fewestFrames) return undefined
  const batchOf = new Map(
    batches.flatMap((batch) => batch.members.map((request) => [request, batch] as const)),
  )
  const between = (fromUs: number, toUs: number) =>
    meanStages(framesBetween(samples, rows, fromUs, toUs), samples, batchOf, startedClockUs)
  const at = (p: number) => quantileOf(frameLatenciesUs, p)
  return { median: between(at(0.45), at(0.55)), slowest: between(at(0.99), Number.POSITIVE_INFINITY) }
}

interface FrameAnswered {
  capturedUs: number
  row: number
}

function framesBetween(
  { requests, frames }: MeasurementSamples,
  rows: Int32Array,
  fromUs: number,
  toUs: number,
): FrameAnswered[] {
  const found: FrameAnswered[] = []
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== measured || frames.outcome[i] !== ok) continue
    const row = rowOf(frames.request[i]!, rows)
    const capturedUs = frames.capturedUs[i]!
    const latencyUs = requests.answeredUs[row]! - capturedUs
    if (latencyUs >= fromUs && latencyUs <= toUs) found.push({ capturedUs, row })
  }
  return found
}

function meanStages(
  some: FrameAnswered[],
  { requests }: MeasurementSamples,
  batchOf: Map<number, BatchFormed>,
  startedClockUs: number | undefined,
): StageTimes {
  const batches = some.map(({ row }) => batchOf.get(requests.request[row]!))
  const knowledge = knownOf(batches, startedClockUs)
  const sums = stagesKnown[knowledge].map(() => 0)
  for (const [i, { capturedUs, row }] of some.entries()) {
    const ends = [
      capturedUs,
      requests.dueUs[row]!,
      requests.sentUs[row]!,
      ...serverEnds(
        knowledge,
        batches[i],
        requests.sentUs[row]!,
        requests.answeredUs[row]!,
        startedClockUs ?? 0,
      ),
      requests.answeredUs[row]!,
    ]
    for (let stage = 0; stage < sums.length; stage++) sums[stage]! += ends[stage + 1]! - ends[stage]!
  }
  const mean = (sumUs: number) => toMs(sumUs / some.length)!
  return {
    frames: some.length,
    frameLatencyMs: mean(sums.reduce((total, sum) => total + sum, 0)),
    stages: stagesKnown[knowledge].map((stage, i) => ({ stage, ms: mean(sums[i]!) })),
  }
}

/** The most that is known of every one of these frames: a mean over some of them would not add up. */
function knownOf(batches: (BatchFormed | undefined)[], startedClockUs: number | undefined): Knowledge {
  if (startedClockUs !== undefined && batches.every((batch) => batch?.handler !== undefined)) return 'moments'
  return batches.every((batch) => batch?.handlerMs !== undefined) ? 'duration' : 'nothing'
}

/** The moments between sent and answered at which one stage ends and the next begins. */
function serverEnds(
  knowledge: Knowledge,
  batch: BatchFormed | undefined,
  sentUs: number,
  answeredUs: number,
  startedClockUs: number,
): number[] {
  if (knowledge === 'nothing') return []
  // When within its time at the server the handler ran is not known then: all the waiting is put before it.
  if (knowledge === 'duration') return [Math.max(sentUs, answeredUs - batch!.handlerMs! * 1000)]
  const { entryUs, decodedUs, inferredUs, exitUs } = batch!.handler!
  return [entryUs, decodedUs, inferredUs, exitUs].map((us) => us - startedClockUs)
}
