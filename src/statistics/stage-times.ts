import type { MeasurementSamples } from '../samples/sample-columns.js'
import { outcomes, phases } from '../samples/sample-columns.js'
import type { BatchFormed } from './batches-formed.js'
import { rowOf } from './latencies.js'
import { toMs } from './milliseconds.js'
import { quantileOf } from './percentile.js'

const measured = phases.indexOf('measured')
const ok = outcomes.indexOf('ok')
const fewestFrames = 20

/** Mean ms of each stage over some frames; the stages sum to `frameLatencyMs`. */
export interface StageTimes {
  frames: number
  frameLatencyMs: number
  fillWaitMs: number
  sendLagMs: number
  /** Sent to answered, less the handler's time where that is known: network, queue and batch wait. */
  serverWaitMs: number
  /** Absent where the server did not tell. */
  handlerMs?: number
}

export interface StageSplit {
  /** Frames between the 45th and the 55th percentile of frame latency. */
  median: StageTimes
  /** The slowest 1 % of frames. Stages of the same frames are averaged: percentiles of stages do not add up. */
  slowest: StageTimes
}

/** Where the time of the frames went; undefined under closed load and where frames are too few. */
export function stageSplit(
  samples: MeasurementSamples,
  rows: Int32Array,
  frameLatenciesUs: Float64Array,
  batches: BatchFormed[] | undefined,
): StageSplit | undefined {
  if (frameLatenciesUs.length < fewestFrames) return undefined
  const handlerMs = handlerTimes(batches)
  const at = (p: number) => quantileOf(frameLatenciesUs, p)
  return {
    median: meanStages(samples, rows, handlerMs, at(0.45), at(0.55)),
    slowest: meanStages(samples, rows, handlerMs, at(0.99), Number.POSITIVE_INFINITY),
  }
}

/** Over the frames whose latency lies between two bounds, both included. */
function meanStages(
  { requests, frames }: MeasurementSamples,
  rows: Int32Array,
  handlerMs: Map<number, number>,
  fromUs: number,
  toUs: number,
): StageTimes {
  const sums = { frames: 0, frame: 0, fill: 0, lag: 0, server: 0, handler: 0, handled: 0 }
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== measured || frames.outcome[i] !== ok) continue
    const row = rowOf(frames.request[i]!, rows)
    const latencyUs = requests.answeredUs[row]! - frames.capturedUs[i]!
    if (latencyUs < fromUs || latencyUs > toUs) continue
    sums.frames++
    sums.frame += latencyUs
    sums.fill += requests.dueUs[row]! - frames.capturedUs[i]!
    sums.lag += requests.sentUs[row]! - requests.dueUs[row]!
    sums.server += requests.answeredUs[row]! - requests.sentUs[row]!
    const handler = handlerMs.get(frames.request[i]!)
    if (handler === undefined) continue
    sums.handled++
    sums.handler += handler * 1000
  }
  const mean = (sumUs: number) => toMs(sumUs / sums.frames)!
  const times: StageTimes = {
    frames: sums.frames,
    frameLatencyMs: mean(sums.frame),
    fillWaitMs: mean(sums.fill),
    sendLagMs: mean(sums.lag),
    serverWaitMs: mean(sums.server),
  }
  // Only where every one of these frames is joined to its batch: a mean over some of them would not add up.
  if (sums.handled === sums.frames) {
    times.serverWaitMs = mean(sums.server - sums.handler)
    times.handlerMs = mean(sums.handler)
  }
  return times
}

function handlerTimes(batches: BatchFormed[] | undefined): Map<number, number> {
  return new Map(
    (batches ?? []).flatMap(({ members, handlerMs }) =>
      handlerMs === undefined ? [] : members.map((request) => [request, handlerMs] as const),
    ),
  )
}
