import type { MeasurementSamples } from '../../run/record.js'
import { Outcome, Phase } from '../../run/record.js'
import { backlogOf } from '../../analysis/backlog.js'
import { threads } from '../../analysis/check.js'
import type { FindingName } from '../../analysis/checks.js'
import { generatorLags, judgedLagMs } from '../../analysis/generator-lag.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import type { CapacitySetting } from '../capacity-setting.js'

/** Counts of one camera over the windows of one repetition. */
export interface CameraCounts {
  scheduled: number
  delivered: number
  /** Requests that carried frames of it, and those in which one of them was late or lost. */
  requests: number
  requestsOver: number
}

/** What one repetition showed: the sum of its windows. */
export interface CameraRun {
  windowS: number
  framesScheduled: number
  /** Dropped, or answered with an error or not at all. */
  framesLost: number
  cameras: CameraCounts[]
  /** Of each request, the latency of its oldest frame, from capture; Infinity where a frame was lost. */
  latenciesMs: Float64Array
  /** Largest growth of the backlog in a window, frames a second, and whether it is more than chance. */
  backlogGrowthFps: number
  backlogGrows: boolean
  /** Of the worst window, as `judgedLagMs` has it; 0 in simulation, which has no generator. */
  generatorLagP99Ms: number
  /** CPU per load thread, as a share of one core; undefined if unknown. */
  loadCpuShare?: number
  /** Why the measurement may not be believed, generator apart, in words; empty where it may. */
  invalid: string[]
}

export interface RunWindow {
  cameras: number
  startUs: number
  endUs: number
  sloMs: number
  batchSize: number
  maxInFlightPerCamera: number
  loadCpuShare?: number
  invalid?: string[]
}

/**
 * Counts the frames captured in the measured phase, and the requests that carried them. A request is as late as
 * its oldest frame: the frames of a request share its fate and are no independent observations.
 */
export function cameraRunOf(samples: MeasurementSamples, window: RunWindow): CameraRun {
  const { frames, requests } = samples
  const cameras = Array.from({ length: window.cameras }, () => ({
    scheduled: 0,
    delivered: 0,
    requests: 0,
    requestsOver: 0,
  }))
  // A camera's frames in one request follow each other: a repeated request is that of its frame before.
  const lastRequest = new Int32Array(window.cameras).fill(-1)
  const lastWasOver = new Uint8Array(window.cameras)
  const latencyMs = new Float64Array(requests.count).fill(-1)
  let framesScheduled = 0
  let framesLost = 0
  for (const i of framesByCapture(samples)) {
    if (frames.phase[i] !== Phase.measured) continue
    const camera = frames.camera[i]!
    const counts = cameras[camera]!
    const delivered = frames.outcome[i] === Outcome.ok
    framesScheduled++
    counts.scheduled++
    if (delivered) counts.delivered++
    else framesLost++
    const request = frames.requestRow[i]!
    if (request < 0) continue
    const frameMs = delivered
      ? (frames.answeredUs[i]! - frames.capturedUs[i]!) / 1000
      : Number.POSITIVE_INFINITY
    if (frameMs > latencyMs[request]!) latencyMs[request] = frameMs
    if (request !== lastRequest[camera]) {
      lastRequest[camera] = request
      lastWasOver[camera] = 0
      counts.requests++
    }
    if (frameMs > window.sloMs && lastWasOver[camera] === 0) {
      lastWasOver[camera] = 1
      counts.requestsOver++
    }
  }
  const backlog = backlogOf(samples, window)
  return {
    windowS: (window.endUs - window.startUs) / 1e6,
    framesScheduled,
    framesLost,
    cameras,
    latenciesMs: latencyMs.filter((ms) => ms >= 0),
    backlogGrowthFps: backlog?.growthPerS ?? 0,
    backlogGrows: backlog?.growing ?? false,
    generatorLagP99Ms: judgedLagMs(generatorLags(requests, window.maxInFlightPerCamera)) ?? 0,
    ...(window.loadCpuShare !== undefined && { loadCpuShare: window.loadCpuShare }),
    invalid: window.invalid ?? [],
  }
}

/** Samples come in order of completion; one camera's requests may overtake each other. */
function framesByCapture({ frames }: MeasurementSamples): Uint32Array {
  const order = Uint32Array.from({ length: frames.count }, (_, i) => i)
  return order.toSorted((a, b) => frames.capturedUs[a]! - frames.capturedUs[b]!)
}

/** A further window of the same repetition, with the same phases, added to what was seen before. */
export function joinWindows(before: CameraRun, next: CameraRun): CameraRun {
  const latenciesMs = new Float64Array(before.latenciesMs.length + next.latenciesMs.length)
  latenciesMs.set(before.latenciesMs)
  latenciesMs.set(next.latenciesMs, before.latenciesMs.length)
  const loadCpuShare = Math.max(before.loadCpuShare ?? 0, next.loadCpuShare ?? 0)
  return {
    windowS: before.windowS + next.windowS,
    framesScheduled: before.framesScheduled + next.framesScheduled,
    framesLost: before.framesLost + next.framesLost,
    cameras: before.cameras.map((counts, camera) => addCounts(counts, next.cameras[camera]!)),
    latenciesMs,
    backlogGrowthFps: Math.max(before.backlogGrowthFps, next.backlogGrowthFps),
    backlogGrows: before.backlogGrows || next.backlogGrows,
    generatorLagP99Ms: Math.max(before.generatorLagP99Ms, next.generatorLagP99Ms),
    ...(loadCpuShare > 0 && { loadCpuShare }),
    invalid: [...new Set([...before.invalid, ...next.invalid])],
  }
}

function addCounts(one: CameraCounts, other: CameraCounts): CameraCounts {
  return {
    scheduled: one.scheduled + other.scheduled,
    delivered: one.delivered + other.delivered,
    requests: one.requests + other.requests,
    requestsOver: one.requestsOver + other.requestsOver,
  }
}

/** Findings that the generator's own condition holds already. */
const generatorFindings = new Set<FindingName>(['generator-late', 'client-saturated'])

/** A measured window as a verdict sees it. */
export function measuredRun(
  input: MeasurementInput,
  { slo, load }: Pick<CapacitySetting, 'slo' | 'load'>,
): CameraRun {
  const { record, point, samples } = input
  if (point.load.kind !== 'cameras') throw new Error('a capacity is judged on camera load')
  const { findings } = summariseMeasurement(input).summary
  const invalid = findings.filter(
    ({ severity, name }) => severity === 'invalid' && !generatorFindings.has(name),
  )
  return cameraRunOf(samples, {
    cameras: point.load.cameras,
    startUs: record.windowStartUs,
    endUs: record.windowEndUs,
    sloMs: slo.latencyMs,
    batchSize: point.batching.batchSize,
    maxInFlightPerCamera: load.maxInFlightPerCamera,
    invalid: invalid.map(({ symptom }) => symptom),
    ...(record.loadCpuShare !== undefined && {
      loadCpuShare: record.loadCpuShare / threads(record.observations ?? {}),
    }),
  })
}
