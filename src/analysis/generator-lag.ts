import type { CameraLoad, LoadSettings } from '../scenario/plan/plan.js'
import type { MeasurementSamples } from '../run/record.js'
import type { Ascending } from './distribution.js'
import { computeQuantile } from './percentile.js'
import { rowsInOrder } from './rows-in-order.js'

/** What decides when a request could be sent. */
export interface SendingRules {
  load: LoadSettings
  /** K. */
  framesPerRequest: number
}

/**
 * The lag of the load generator itself, for each request: sent − the earliest possible time of sending. That is the due
 * time (under closed load the end of the request before) or, if the camera or edge device had `maxInFlightPerCamera`
 * requests open then, the time of the answer that made room. The time to connect is added. Both waits are caused by the
 * server.
 *
 * @returns takes one part after the other, in order of `sentUs`, and returns the lags of its requests by row, µs; 0 for one
 *   that was never sent
 */
export function openGeneratorLags({ load, framesPerRequest }: SendingRules): {
  add: (part: MeasurementSamples) => Float64Array
} {
  const timesOfRoom =
    load.kind === 'closed'
      ? ({ requests }: MeasurementSamples) => requests.dueUs
      : openLanes(load, framesPerRequest)
  return {
    add(part) {
      const { requests } = part
      const readyUs = timesOfRoom(part)
      const lagsUs = new Float64Array(requests.count)
      for (let row = 0; row < requests.count; row++) {
        const sentUs = requests.sentUs[row]!
        if (Number.isNaN(sentUs)) continue
        const connectUs = requests.connectUs[row]!
        const couldSendUs = readyUs[row]! + (Number.isNaN(connectUs) ? 0 : connectUs)
        lagsUs[row] = Math.max(0, sentUs - couldSendUs)
      }
      return lagsUs
    },
  }
}

/** By row of a part: when a request was due and its camera or edge device had room for it. */
function openLanes(
  { camerasPerClient, maxInFlightPerCamera }: CameraLoad,
  framesPerRequest: number,
): (part: MeasurementSamples) => Float64Array {
  const openByLane: OpenRequests[] = []
  return (part) => {
    const { requests } = part
    const lanes = framesPerRequest === 1 && camerasPerClient > 1 ? cameraByRow(part) : requests.client
    const readyUs = new Float64Array(requests.count)
    for (const row of rowsInOrder(requests.sentUs, requests.count)) {
      const dueUs = requests.dueUs[row]!
      const open = (openByLane[lanes[row]!] ??= { answeredUs: [], first: 0 })
      const times = open.answeredUs
      while (open.first < times.length && times[open.first]! <= dueUs) open.first++
      readyUs[row] = dueUs
      while (times.length - open.first >= maxInFlightPerCamera) readyUs[row] = times[open.first++]!
      insertAnswer(open, requests.answeredUs[row]!)
    }
    return readyUs
  }
}

/** Frames that are sent alone wait for room camera by camera, also on an edge device with several. */
function cameraByRow({ requests, frames }: MeasurementSamples): Uint32Array {
  const cameras = new Uint32Array(requests.count)
  for (let i = 0; i < frames.count; i++) {
    const row = frames.requestRow[i]!
    if (row >= 0) cameras[row] = frames.camera[i]!
  }
  return cameras
}

/** The answers to the open requests of a camera or edge device, ascending from `first` on. Those before have come. */
interface OpenRequests {
  answeredUs: number[]
  first: number
}

/** A request that was never answered (NaN) does not make room again. */
function insertAnswer(open: OpenRequests, us: number): void {
  const times = open.answeredUs
  if (open.first > times.length / 2) {
    times.splice(0, open.first)
    open.first = 0
  }
  const at = Number.isNaN(us) ? Number.POSITIVE_INFINITY : us
  let place = times.push(at) - 1
  for (; place > open.first && times[place - 1]! > at; place--) times[place] = times[place - 1]!
  times[place] = at
}

/**
 * The lag that is compared with the limit, ms: the p99, but at most the second largest lag. Below a hundred requests
 * the p99 is the largest lag, and a single late request would decide. `bench`, the report and `capacity` all use this
 * figure. Undefined if nothing was sent.
 */
export function judgedLagMs(lagsUs: Ascending): number | undefined {
  if (lagsUs.length === 0) return undefined
  return Math.min(computeQuantile(lagsUs, 0.99), lagsUs.at(-2) ?? lagsUs.at(0)!) / 1000
}

/**
 * The limit of the lag, ms: 5 % of the latency that matters, at least 1 ms. Above it, the load is not the configured
 * one: late requests share other batches than they would have shared.
 *
 * @param latencyMs the SLO or, without one, the p50 frame latency; under closed load the p50 request latency
 */
export function lagLimitMs(latencyMs: number): number {
  return Math.max(1, 0.05 * latencyMs)
}
