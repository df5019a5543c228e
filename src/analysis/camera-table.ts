import { Outcome, Phase } from '../run/record.js'
import { Distribution } from './distribution.js'
import type { Fold } from './fold.js'
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

/** The values that all cameras together may keep in memory: 2 MB. Above that they are counted in coarse bins. */
const mostKept = 1 << 18

/** The frames of a number of cameras, camera by camera; none under closed load. */
export interface CameraTable extends Fold<CameraRow[]> {
  /** Adds the latencies once more, for the rows that miss some. */
  addAgain: Fold<CameraRow[]>['add']
  latencies: () => Iterable<Distribution>
}

/** One row per camera, in order of camera; empty under closed load. */
export function summariseCameras(cameras: number): CameraTable {
  const byCamera = new Map<number, { row: CameraRow; latencies: Distribution }>()
  const size = { mostKept: Math.max(64, Math.floor(mostKept / cameras)), binBits: 6 }
  function entryOf(camera: number) {
    const known = byCamera.get(camera)
    if (known !== undefined) return known
    const row = { camera, framesScheduled: 0, framesOk: 0, framesDropped: 0 }
    const entry = { row, latencies: new Distribution(size) }
    byCamera.set(camera, entry)
    return entry
  }
  return {
    add({ frames }) {
      for (let i = 0; i < frames.count; i++) {
        if (frames.phase[i] !== Phase.measured) continue
        const { row, latencies } = entryOf(frames.camera[i]!)
        row.framesScheduled++
        if (frames.outcome[i] === Outcome.dropped) row.framesDropped++
        if (frames.outcome[i] !== Outcome.ok) continue
        row.framesOk++
        latencies.add(frames.answeredUs[i]! - frames.capturedUs[i]!)
      }
    },
    addAgain({ frames }) {
      for (let i = 0; i < frames.count; i++)
        if (frames.phase[i] === Phase.measured && frames.outcome[i] === Outcome.ok)
          entryOf(frames.camera[i]!).latencies.again.add(frames.answeredUs[i]! - frames.capturedUs[i]!)
    },
    latencies: () => Array.from(byCamera.values(), ({ latencies }) => latencies),
    result: () =>
      [...byCamera.values()]
        .toSorted((a, b) => a.row.camera - b.row.camera)
        .map(({ row, latencies }) => {
          const { p50, p95, maxMs } = summariseLatencies(latencies)
          return {
            ...row,
            ...(p50 !== undefined && { frameLatencyP50Ms: p50.value }),
            ...(p95 !== undefined && { frameLatencyP95Ms: p95.value }),
            ...(maxMs !== undefined && { frameLatencyMaxMs: maxMs }),
          }
        }),
  }
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
