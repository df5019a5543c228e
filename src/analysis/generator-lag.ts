import type { LoadSettings } from '../scenario/plan/plan.js'
import { Phase, type MeasurementSamples, type RequestColumns } from '../run/record.js'
import { computeQuantile } from './percentile.js'

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

/**
 * The lag of the load generator itself, for each request: sent − the earliest possible time of sending. That is the due
 * time (under closed load the end of the request before) or, if the camera or edge device had `maxInFlightPerCamera`
 * requests open then, the time of the answer that made room. The time to connect is added. Both waits are caused by the
 * server.
 */
export function generatorLags(samples: MeasurementSamples, rules: SendingRules): GeneratorLags {
  const { requests } = samples
  const readyUs = rules.load.kind === 'closed' ? requests.dueUs : timesOfRoom(samples, rules)
  const byRowUs = new Float64Array(requests.count)
  const measuredUs = new Float64Array(requests.count)
  let measured = 0
  for (let row = 0; row < requests.count; row++) {
    const sentUs = requests.sentUs[row]!
    if (Number.isNaN(sentUs)) continue
    const connectUs = requests.connectUs[row]!
    const couldSendUs = readyUs[row]! + (Number.isNaN(connectUs) ? 0 : connectUs)
    const lagUs = Math.max(0, sentUs - couldSendUs)
    byRowUs[row] = lagUs
    if (requests.phase[row] === Phase.measured) measuredUs[measured++] = lagUs
  }
  // oxlint-disable-next-line unicorn/no-array-sort -- a private array; a copy of a million values takes 8 MB
  return { byRowUs, measuredUs: measuredUs.subarray(0, measured).sort() }
}

/** By row: when a request was due and its camera or edge device had room for it. */
function timesOfRoom(samples: MeasurementSamples, { load, framesPerRequest }: SendingRules): Float64Array {
  if (load.kind === 'closed') throw new Error('a closed load waits for its own request only')
  const { requests } = samples
  const lanes = framesPerRequest === 1 && load.camerasPerClient > 1 ? cameraByRow(samples) : requests.client
  const openByLane = new Map<number, number[]>()
  const readyUs = new Float64Array(requests.count)
  for (const row of rowsBySending(requests)) {
    const dueUs = requests.dueUs[row]!
    const open = openByLane.get(lanes[row]!) ?? []
    while (open.length > 0 && open[0]! <= dueUs) open.shift()
    readyUs[row] = dueUs
    while (open.length >= load.maxInFlightPerCamera) readyUs[row] = open.shift()!
    insertSorted(open, requests.answeredUs[row]!)
    openByLane.set(lanes[row]!, open)
  }
  return readyUs
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

/**
 * Rows are in order of completion, so most are near their place and moving them there is fast. If a long queue lets
 * requests overtake each other by far, a general sort takes over.
 */
function rowsBySending({ count, sentUs }: RequestColumns): Uint32Array {
  const rows = new Uint32Array(count)
  let length = 0
  let moves = 0
  for (let row = 0; row < count && moves < 50 * count; row++) {
    const us = sentUs[row]!
    if (Number.isNaN(us)) continue
    let place = length++
    for (; place > 0 && sentUs[rows[place - 1]!]! > us; place--) {
      rows[place] = rows[place - 1]!
      moves++
    }
    rows[place] = row
  }
  if (moves < 50 * count) return rows.subarray(0, length)
  const sent = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) => !Number.isNaN(sentUs[row]),
  )
  return sent.toSorted((a, b) => sentUs[a]! - sentUs[b]!)
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
 *
 * @param lagsUs ascending
 */
export function judgedLagMs(lagsUs: Float64Array): number | undefined {
  if (lagsUs.length === 0) return undefined
  return Math.min(computeQuantile(lagsUs, 0.99), lagsUs.at(-2) ?? lagsUs[0]!) / 1000
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
