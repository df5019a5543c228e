import {
  allocateFrames,
  allocateRequests,
  copyFrames,
  copyRequests,
  firstFrames,
  firstRequests,
  linkFrames,
  linkToRows,
  requestRows,
  takeFrames,
  takeRequests,
} from './columns.js'
import { type FrameColumns, type MeasurementSamples, noRequest, type RequestColumns } from './record.js'
import { BlockKind } from './record-block.js'

/** Requests and frames that were read and are in no part yet, in order of completion. */
export interface WaitingSamples {
  rows: () => number
  add: (kind: number, records: Uint8Array<ArrayBuffer>, count: number) => void
  /**
   * The requests whose frames are all here and that no later request comes before, with their frames. They wait no more. The
   * part is valid until the next one.
   *
   * @param later the smallest time of a request, and the smallest number of one that carried a frame, still to be added
   */
  release: (order: 'sentUs' | 'answeredUs', later: { timeUs: number; carrier: number }) => MeasurementSamples
  releaseAll: () => MeasurementSamples
}

/** Room for so many requests and frames; more are allocated if it does not suffice. */
export function openWaiting(requestRoom: number, frameRoom: number): WaitingSamples {
  let requests = { ...allocateRequests(requestRoom), count: 0 }
  let frames = { ...allocateFrames(frameRoom), count: 0 }
  let partRequests = allocateRequests(0)
  let partFrames = allocateFrames(0)

  return {
    rows: () => requests.count + frames.count,
    add(kind, records, count) {
      if (kind === BlockKind.requests) {
        requests = withRoomForRequests(requests, requests.count + count)
        takeRequests(records, count, requests, requests.count)
        requests.count += count
      } else {
        frames = withRoomForFrames(frames, frames.count + count)
        takeFrames(records, count, frames, frames.count)
        frames.count += count
      }
    },
    release(order, { timeUs, carrier }) {
      const times = requests[order]
      const carriers = rowsOfCarriers(requests, frames)
      const seen = new Uint32Array(requests.count)
      for (let i = 0; i < carriers.length; i++) if (carriers[i]! >= 0) seen[carriers[i]!]! += 1
      const isComplete = (row: number) =>
        seen[row]! >= requests.frames[row]! || requests.request[row]! < carrier
      let heldUs = Number.POSITIVE_INFINITY
      for (let row = 0; row < requests.count; row++)
        if (times[row]! < heldUs && !isComplete(row)) heldUs = times[row]!
      const out = split(requests.count, (row) => {
        const us = times[row]!
        return (Number.isNaN(us) || (us <= timeUs && us < heldUs)) && isComplete(row)
      })
      const partRow = new Int32Array(requests.count).fill(-1)
      for (let row = 0; row < out.released.length; row++) partRow[out.released[row]!] = row
      const framesOut = split(
        frames.count,
        (row) => frames.request[row] === noRequest || partRow[carriers[row]!]! >= 0,
      )
      partRequests = withRoomForRequests({ ...partRequests, count: 0 }, out.released.length)
      partFrames = withRoomForFrames({ ...partFrames, count: 0 }, framesOut.released.length)
      copyRequests(requests, out.released, partRequests)
      copyFrames(frames, framesOut.released, partFrames)
      const part = {
        requests: firstRequests(partRequests, out.released.length),
        frames: firstFrames(partFrames, framesOut.released.length),
      }
      linkToRows(part, (frame) => partRow[carriers[framesOut.released[frame]!]!] ?? -1)
      copyRequests(requests, out.kept, requests)
      copyFrames(frames, framesOut.kept, frames)
      requests.count = out.kept.length
      frames.count = framesOut.kept.length
      return part
    },
    releaseAll: () =>
      linkFrames({
        requests: firstRequests(requests, requests.count),
        frames: firstFrames(frames, frames.count),
      }),
  }
}

/** By frame, the row of the waiting request that carried it; −1 if it is not here. */
function rowsOfCarriers(requests: RequestColumns, { request, count }: FrameColumns): Int32Array {
  const rows = new Int32Array(count)
  if (count === 0) return rows
  const rowOf = requestRows(requests)
  for (let frame = 0; frame < count; frame++) rows[frame] = rowOf(request[frame]!)
  return rows
}

/** Both in ascending order. */
function split(
  count: number,
  isReleased: (row: number) => boolean,
): { released: Uint32Array; kept: Uint32Array } {
  const released = new Uint32Array(count)
  const kept = new Uint32Array(count)
  let length = 0
  for (let row = 0; row < count; row++) {
    if (isReleased(row)) released[length++] = row
    else kept[row - length] = row
  }
  return { released: released.subarray(0, length), kept: kept.subarray(0, count - length) }
}

function withRoomForRequests(columns: RequestColumns, rows: number): RequestColumns {
  if (rows <= columns.request.length) return columns
  const larger = allocateRequests(Math.max(rows, 2 * columns.count))
  copyRequests(columns, upTo(columns.count), larger)
  return { ...larger, count: columns.count }
}

function withRoomForFrames(columns: FrameColumns, rows: number): FrameColumns {
  if (rows <= columns.request.length) return columns
  const larger = allocateFrames(Math.max(rows, 2 * columns.count))
  copyFrames(columns, upTo(columns.count), larger)
  return { ...larger, count: columns.count }
}

function upTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row)
}
