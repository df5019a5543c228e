import { Outcome, Phase, type MeasurementSamples } from '../run/record.js'
import { summariseLatencies } from './percentile.js'

/** The frames of one camera in the measured phase. */
export interface CameraRow {
  camera: number
  framesScheduled: number
  framesOk: number
  framesDropped: number
  /** Absent if there are too few frames. */
  frameLatencyP50Ms?: number
  frameLatencyP95Ms?: number
  frameLatencyMaxMs?: number
}

/** One row per camera, in order of camera; empty under closed load. */
export function summariseCameras({ frames }: MeasurementSamples): CameraRow[] {
  const cameras = new Map<number, { row: CameraRow; latencies: number[] }>()
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== Phase.measured) continue
    const camera = frames.camera[i]!
    const known = cameras.get(camera)
    const entry = known ?? {
      row: { camera, framesScheduled: 0, framesOk: 0, framesDropped: 0 },
      latencies: [],
    }
    if (known === undefined) cameras.set(camera, entry)
    entry.row.framesScheduled++
    if (frames.outcome[i] === Outcome.dropped) entry.row.framesDropped++
    if (frames.outcome[i] !== Outcome.ok) continue
    entry.row.framesOk++
    entry.latencies.push(frames.answeredUs[i]! - frames.capturedUs[i]!)
  }
  return [...cameras.values()]
    .toSorted((a, b) => a.row.camera - b.row.camera)
    .map(({ row, latencies }) => {
      const { p50, p95, maxMs } = summariseLatencies(Float64Array.from(latencies).toSorted())
      if (p50 !== undefined) row.frameLatencyP50Ms = p50.value
      if (p95 !== undefined) row.frameLatencyP95Ms = p95.value
      if (maxMs !== undefined) row.frameLatencyMaxMs = maxMs
      return row
    })
}

/** By frames missing, then by the slowest frame. */
export function worstCamerasFirst(cameras: CameraRow[]): CameraRow[] {
  return cameras.toSorted(
    (a, b) => missing(b) - missing(a) || (b.frameLatencyMaxMs ?? 0) - (a.frameLatencyMaxMs ?? 0),
  )
}

function missing({ framesScheduled, framesOk }: CameraRow): number {
  return framesScheduled - framesOk
}
