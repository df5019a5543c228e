import type { CameraLoad, LoadSettings } from '../scenario/plan/plan.js'
import { Phase, type MeasurementSamples } from '../run/record.js'
import type { Ascending } from './distribution.js'
import { computeQuantile } from './percentile.js'
import { rowsInOrder } from './rows-in-order.js'

/** What decides when a request could be sent. */
export interface SendingRules {
  load: LoadSettings
  /** K. */
  framesPerRequest: number
}

/** Both in µs. */
export interface GeneratorLags {
  /** By row of the request; 0 for one that was never sent. */
  byRowUs: Float64Array
  /** Of the requests of the measured phase that were sent, ascending. */
  measuredUs: Float64Array
}

/** The lags of all requests. See `openGeneratorLags`. */
export function generatorLags(samples: MeasurementSamples, rules: SendingRules): GeneratorLags {
  const byRowUs = openGeneratorLags(rules).add(samples)
  const measured: number[] = []
  addMeasuredLags(samples, byRowUs, { add: (us) => measured.push(us) })
  return { byRowUs, measuredUs: Float64Array.from(measured).toSorted() }
}

/** The lag of each request of the measured phase that was sent. */
export function addMeasuredLags(
  { requests }: MeasurementSamples,
  byRowUs: Float64Array,
  to: { add: (us: number) => void },
): void {
  for (let row = 0; row < requests.count; row++)
    if (requests.phase[row] === Phase.measured && !Number.isNaN(requests.sentUs[row]!)) to.add(byRowUs[row]!)
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
  const openByLane = new Map<number, number[]>()
  return (part) => {
    const { requests } = part
    const lanes = framesPerRequest === 1 && camerasPerClient > 1 ? cameraByRow(part) : requests.client
    const readyUs = new Float64Array(requests.count)
    for (const row of rowsInOrder(requests.sentUs, requests.count)) {
      const dueUs = requests.dueUs[row]!
      const open = openByLane.get(lanes[row]!) ?? []
      while (open.length > 0 && open[0]! <= dueUs) open.shift()
      readyUs[row] = dueUs
      while (open.length >= maxInFlightPerCamera) readyUs[row] = open.shift()!
      insertSorted(open, requests.answeredUs[row]!)
      openByLane.set(lanes[row]!, open)
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

/** Ascending; a request that was never answered (NaN) does not make room again. */
function insertSorted(values: number[], value: number): void {
  const at = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value
  let place = values.length
  while (place > 0 && values[place - 1]! > at) place--
  values.splice(place, 0, at)
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
