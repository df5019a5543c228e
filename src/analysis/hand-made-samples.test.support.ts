import { openGeneratorLags, type SendingRules } from './generator-lag.js'
import { measuredLags } from './latencies.js'
import { allocateFrames, allocateRequests, linkFrames } from '../run/columns.js'
import {
  noRequest,
  Outcome,
  Phase,
  type MeasurementSamples,
  type OutcomeName,
  type phases,
} from '../run/record.js'

/** The lags of all requests by row and, ascending, those of the measured phase; µs. */
export function generatorLags(samples: MeasurementSamples, rules: SendingRules) {
  const byRowUs = openGeneratorLags(rules).add(samples)
  return { byRowUs, measuredUs: measuredLags(samples, byRowUs).toSorted() }
}

export interface RequestByHand {
  phase?: (typeof phases)[number]
  outcome?: OutcomeName
  frames?: number
  client?: number
  dueMs?: number
  sentMs: number
  answeredMs?: number
  deviation?: number
}

export interface FrameByHand {
  camera?: number
  capturedMs: number
  /** Place of its request in the list; none: dropped. */
  request?: number
  phase?: (typeof phases)[number]
}

/** Samples written out one by one; a request is due when it is sent and measured unless said otherwise. */
export function handMadeSamples(requests: RequestByHand[], frames: FrameByHand[] = []): MeasurementSamples {
  const columns = { requests: allocateRequests(requests.length), frames: allocateFrames(frames.length) }
  for (const [row, request] of requests.entries()) {
    const { phase = 'measured', outcome = 'ok', frames = 1, client = 0, sentMs } = request
    const { dueMs = sentMs, answeredMs = Number.NaN, deviation = Number.NaN } = request
    columns.requests.request[row] = row
    columns.requests.phase[row] = Phase[phase]
    columns.requests.outcome[row] = Outcome[outcome]
    columns.requests.status[row] = outcome === 'ok' ? 200 : 0
    columns.requests.frames[row] = frames
    columns.requests.client[row] = client
    columns.requests.dueUs[row] = dueMs * 1000
    columns.requests.sentUs[row] = sentMs * 1000
    columns.requests.answeredUs[row] = answeredMs * 1000
    columns.requests.connectUs[row] = Number.NaN
    columns.requests.answerDeviation[row] = deviation
  }
  for (const [row, { camera = 0, capturedMs, request, phase = 'measured' }] of frames.entries()) {
    columns.frames.camera[row] = camera
    columns.frames.frame[row] = row
    columns.frames.request[row] = request ?? noRequest
    columns.frames.phase[row] = Phase[phase]
    columns.frames.outcome[row] = request === undefined ? Outcome.dropped : columns.requests.outcome[request]!
    columns.frames.capturedUs[row] = capturedMs * 1000
  }
  return linkFrames(columns)
}
