import { type FrameColumns, Outcome, Phase } from '../run/record.js'
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

/** The values that all cameras together may keep in memory: 0.5 MB. Above that they are counted in coarse bins. */
const mostOfAll = 1 << 16

/** The frames of a number of cameras, camera by camera; none under closed load. */
export interface CameraTable extends Fold<CameraRow[]> {
  /** Adds the latencies once more, for the rows that miss some. */
  addAgain: Fold<CameraRow[]>['add']
  latencies: () => Iterable<Distribution>
}

/**
 * One row per camera, in order of camera; empty under closed load.
 *
 * @param mostKept values of one camera that are kept
 */
export function summariseCameras(
  cameras: number,
  mostKept = Math.max(64, Math.floor(mostOfAll / cameras)),
): CameraTable {
  const byCamera: CameraEntry[] = []
  const size = { mostKept, binBits: 6 }
  const entryOf = (camera: number) =>
    (byCamera[camera] ??= {
      row: { camera, framesScheduled: 0, framesOk: 0, framesDropped: 0 },
      latencies: new Distribution(size),
    })

  /** Camera by camera, because the bins of all cameras are more than the cache of the processor holds. */
  function addPart(frames: FrameColumns, take: (entry: CameraEntry, found: FramesOfCamera) => void): void {
    const { camera, outcome, answeredUs, capturedUs } = frames
    const order = measuredByCamera(frames)
    const latenciesUs = new Float64Array(order.length)
    for (let from = 0, to = 0; from < order.length; from = to) {
      const entry = entryOf(camera[order[from]!]!)
      let [ok, dropped] = [0, 0]
      for (; to < order.length && camera[order[to]!] === entry.row.camera; to++) {
        const i = order[to]!
        if (outcome[i] === Outcome.ok) latenciesUs[ok++] = answeredUs[i]! - capturedUs[i]!
        else if (outcome[i] === Outcome.dropped) dropped++
      }
      take(entry, { scheduled: to - from, dropped, latenciesUs: latenciesUs.subarray(0, ok) })
    }
  }

  return {
    add({ frames }) {
      addPart(frames, ({ row, latencies }, { scheduled, dropped, latenciesUs }) => {
        row.framesScheduled += scheduled
        row.framesOk += latenciesUs.length
        row.framesDropped += dropped
        latencies.addEach(latenciesUs)
      })
    },
    addAgain({ frames }) {
      addPart(frames, ({ latencies }, { latenciesUs }) => latencies.again.addEach(latenciesUs))
    },
    latencies: () => Object.values(byCamera).map(({ latencies }) => latencies),
    // Only the cameras that there are, in ascending order.
    result: () =>
      Object.values(byCamera).map(({ row, latencies }) => {
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

interface CameraEntry {
  row: CameraRow
  latencies: Distribution
}

/** Of one camera in a part. */
interface FramesOfCamera {
  scheduled: number
  dropped: number
  latenciesUs: Float64Array
}

/** Above it, the numbers of a part's cameras are sorted and not counted: a damaged file may contain any. */
const mostCameras = 1 << 16

/** The frames of the measured phase in order of camera, and within a camera in their order. */
function measuredByCamera({ count, camera, phase }: FrameColumns): Uint32Array {
  const measured = new Uint32Array(count)
  let length = 0
  let last = 0
  for (let i = 0; i < count; i++) {
    if (phase[i] !== Phase.measured) continue
    measured[length++] = i
    if (camera[i]! > last) last = camera[i]!
  }
  const frames = measured.subarray(0, length)
  if (last >= mostCameras) return frames.toSorted((a, b) => camera[a]! - camera[b]! || a - b)
  const places = new Uint32Array(last + 2)
  for (let i = 0; i < length; i++) places[camera[frames[i]!]! + 1]! += 1
  for (let one = 0; one <= last; one++) places[one + 1]! += places[one]!
  const order = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    const frame = frames[i]!
    order[places[camera[frame]!]!++] = frame
  }
  return order
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
