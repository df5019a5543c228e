import { Outcome, Phase, type MeasurementSamples, type RequestField } from '../../run/record.js'
import { measureBacklog } from '../../analysis/backlog.js'
import { threads } from '../../analysis/check.js'
import type { FindingName } from '../../analysis/check-measurement.js'
import { Distribution } from '../../analysis/distribution.js'
import { knownAfter } from '../../analysis/read-missing.js'
import type { Fold } from '../../analysis/fold.js'
import { judgedLagMs, openGeneratorLags } from '../../analysis/generator-lag.js'
import { measuredLags } from '../../analysis/latencies.js'
import { samplesWithoutLateness } from '../../analysis/lateness.js'
import type { Failure } from '../../run/failures.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { partsOf, type Samples } from '../../run/sample-parts.js'
import { rowsInOrder } from '../../analysis/rows-in-order.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import type { CameraCounts } from './camera-counts.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { CapacitySetting } from '../capacity-setting.js'

/** The part of a window's result that depends on when requests were sent: what lateness changes. */
interface CameraTiming {
  /** Indexed by camera. */
  cameras: CameraCounts[]
  /**
   * Per request, the latency of its oldest frame, from capture; Infinity if a frame was lost. In any number of arrays, because
   * joining those of a long window would take twice their memory.
   */
  latenciesMs: readonly Float64Array[]
  /** Growth of the backlog in the window, in frames per second, and whether it is more than chance. */
  backlogGrowthFps: number
  backlogGrows: boolean
}

/** The result of one window, with one draw of camera phases. */
export interface CameraRun extends CameraTiming {
  windowS: number
  framesScheduled: number
  /** Dropped, answered with an error, or not answered at all. */
  framesLost: number
  /** With each request's own lateness taken away. Absent if no request was late. */
  withoutLateness?: CameraTiming | undefined
  /** As `judgedLagMs` defines it; 0 in simulation, which has no load generator. */
  generatorLagP99Ms: number
  /** CPU per load thread, as a share of one core; undefined if it was not observed. */
  loadCpuShare?: number | undefined
  /** Why the measurement is invalid, the load generator apart; empty if it is valid. */
  invalid: string[]
  /** Failed requests by cause, those of most frames first; absent in simulation. */
  failures?: Failure[] | undefined
}

export interface RunWindow {
  load: CameraLoad
  /** K. */
  framesPerRequest: number
  startUs: number
  endUs: number
  sloMs: number
  batchSize: number
  loadCpuShare?: number | undefined
  invalid?: string[] | undefined
}

const fieldsOfRun: readonly RequestField[] = ['phase', 'outcome', 'client', 'connectUs']

/** Counts the frames captured in the measured phase, and the requests that carried them. */
export function countCameraRun(samples: Samples, window: RunWindow): CameraRun {
  const lags = openGeneratorLags(window)
  const measuredLagsUs = new Distribution()
  const timing = timingFold(window)
  // As measured until a request is late.
  const punctual = timingFold(window)
  let isLate = false
  const read = (take: (part: MeasurementSamples) => void) => {
    for (const part of partsOf(samples, 'sentUs', fieldsOfRun)) take(part)
  }
  read((part) => {
    const lagsUs = lags.add(part)
    measuredLagsUs.addEach(measuredLags(part, lagsUs))
    const withoutLateness = samplesWithoutLateness(part, lagsUs)
    timing.add(part)
    punctual.add(withoutLateness ?? part)
    isLate ||= withoutLateness !== undefined
  })
  const generatorLagP99Ms = knownAfter(measuredLagsUs, judgedLagMs, (to) => {
    const again = openGeneratorLags(window)
    read((part) => to.addEach(measuredLags(part, again.add(part))))
  })
  const measured = timing.result()
  const sum = (of: (counts: CameraCounts) => number) =>
    measured.cameras.reduce((total, counts) => total + of(counts), 0)
  const framesScheduled = sum((counts) => counts.framesScheduled)
  return {
    ...measured,
    windowS: (window.endUs - window.startUs) / 1e6,
    framesScheduled,
    framesLost: framesScheduled - sum((counts) => counts.framesOk),
    withoutLateness: isLate ? punctual.result() : undefined,
    generatorLagP99Ms: generatorLagP99Ms ?? 0,
    loadCpuShare: window.loadCpuShare,
    invalid: window.invalid ?? [],
  }
}

/**
 * A request is as late as its oldest frame: the frames of one request are late together and are not independent
 * observations. Nothing grows with the window but the latencies: 8 bytes per request.
 */
function timingFold(window: RunWindow): Fold<CameraTiming> {
  const cameras = Array.from({ length: window.load.cameras }, () => ({
    framesScheduled: 0,
    framesOk: 0,
    requests: 0,
    requestsOver: 0,
  }))
  // The frames of one camera in one request follow each other, so comparing with the frame before is enough.
  const lastRequest = new Int32Array(cameras.length)
  const lastWasOver = new Uint8Array(cameras.length)
  const backlog = measureBacklog(window)
  const latenciesMs: Float64Array[] = []
  return {
    add(part) {
      backlog.add(part)
      const { frames, requests } = part
      lastRequest.fill(-1)
      lastWasOver.fill(0)
      const latencyMs = new Float64Array(requests.count).fill(-1)
      for (const i of rowsInOrder(frames.capturedUs, frames.count)) {
        if (frames.phase[i] !== Phase.measured) continue
        const camera = frames.camera[i]!
        const counts = cameras[camera]!
        const delivered = frames.outcome[i] === Outcome.ok
        counts.framesScheduled++
        if (delivered) counts.framesOk++
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
      latenciesMs.push(latencyMs.filter((ms) => ms >= 0))
    },
    result() {
      const growth = backlog.result()
      return {
        cameras,
        latenciesMs,
        backlogGrowthFps: growth?.growthPerS ?? 0,
        backlogGrows: growth?.growing ?? false,
      }
    },
  }
}

/** Findings that the conditions `generator` and `lateness` cover already, unless they are about one agent of several. */
const generatorFindings = new Set<FindingName>(['generator-late', 'client-saturated', 'lateness-decides'])

/**
 * A measured window, as it is judged.
 *
 * @param summary the figures of the measurement, for the reasons that make it invalid
 */
export function measuredRun(
  { input, summary }: { input: MeasurementInput; summary: Pick<MeasurementSummary, 'findings'> },
  { slo }: Pick<CapacitySetting, 'slo'>,
): CameraRun {
  const { record, point, samples } = input
  if (point.load.kind !== 'cameras') throw new Error('a capacity is judged on camera load')
  const invalid = summary.findings.filter(
    ({ severity, name, site }) =>
      severity === 'invalid' && (site !== undefined || !generatorFindings.has(name)),
  )
  const run = countCameraRun(samples, {
    load: point.load,
    framesPerRequest: point.batching.framesPerRequest,
    startUs: record.windowStartUs,
    endUs: record.windowEndUs,
    sloMs: slo.latencyMs,
    batchSize: point.batching.batchSize,
    invalid: invalid.map(({ symptom }) => symptom),
    loadCpuShare: record.loadCpuShare && record.loadCpuShare / threads(record.observations ?? {}),
  })
  return { ...run, failures: [...(record.failures ?? [])] }
}
