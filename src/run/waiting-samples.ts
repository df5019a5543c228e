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
import {
  type FrameColumns,
  type MeasurementSamples,
  noRequest,
  type RequestColumns,
  type RequestField,
} from './record.js'
import { BlockKind } from './record-block.js'

/** Requests and frames that were read and are in no part yet, in order of completion. */
export interface WaitingSamples {
  rows: () => number
  add: (kind: number, records: Uint8Array<ArrayBuffer>, count: number) => void
  /**
   * The requests whose frames are all here and that no later request comes before, with their frames. They wait no more. The
   * part is valid until the next one.
   */
  release: (order: 'sentUs' | 'answeredUs', later: Later) => MeasurementSamples
  releaseAll: () => MeasurementSamples
}

/** The smallest time of a request, and the smallest number of one that carried a frame, still to be added. */
interface Later {
  timeUs: number
  carrier: number
}

/** Every part needs these fields of its requests. */
const needed: readonly RequestField[] = ['request', 'frames', 'dueUs', 'sentUs', 'answeredUs']

/**
 * Room for so many requests and frames; more are allocated if it does not suffice.
 *
 * @param fields of requests that are wanted besides those that every part needs; all if they are not given
 */
export function openWaiting(
  requestRoom: number,
  frameRoom: number,
  fields?: readonly RequestField[],
): WaitingSamples {
  const wanted = fields && [...needed, ...fields]
  let requests = { ...allocateRequests(requestRoom, wanted), count: 0 }
  let frames = { ...allocateFrames(frameRoom), count: 0 }
  // The requests and frames of the last part. What is kept moves into their place.
  let otherRequests = allocateRequests(0, wanted)
  let otherFrames = allocateFrames(0)

  function withRoomForRequests(columns: RequestColumns, rows: number): RequestColumns {
    if (rows <= columns.request.length) return columns
    const larger = allocateRequests(Math.max(rows, 2 * columns.count), wanted)
    copyRequests(columns, upTo(columns.count), larger, 0)
    return { ...larger, count: columns.count }
  }

  /** Moves the requests of a part to the first rows, and those that are kept into other columns. */
  function releaseRequests({ released, kept }: Split): RequestColumns {
    otherRequests = withRoomForRequests({ ...otherRequests, count: 0 }, Math.max(requestRoom, kept.length))
    copyRequests(requests, kept, otherRequests, 0)
    const unmoved = firstDifference(released)
    copyRequests(requests, released.subarray(unmoved), requests, unmoved)
    const part = firstRequests(requests, released.length)
    ;[requests, otherRequests] = [otherRequests, requests]
    requests.count = kept.length
    return part
  }

  function releaseFrames({ released, kept }: Split): FrameColumns {
    otherFrames = withRoomForFrames({ ...otherFrames, count: 0 }, Math.max(frameRoom, kept.length))
    copyFrames(frames, kept, otherFrames, 0)
    const unmoved = firstDifference(released)
    copyFrames(frames, released.subarray(unmoved), frames, unmoved)
    const part = firstFrames(frames, released.length)
    ;[frames, otherFrames] = [otherFrames, frames]
    frames.count = kept.length
    return part
  }

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
    release(order, later) {
      const carriers = rowsOfCarriers(requests, frames)
      const isReleased = whichRequests(requests, { times: requests[order], carriers, later })
      const requestsOut = split(isReleased)
      const partRows = new Int32Array(requests.count).fill(-1)
      for (let row = 0; row < requestsOut.released.length; row++) partRows[requestsOut.released[row]!] = row
      const rowsOfFrames = rowsAt(partRows, carriers)
      const framesOut = split(whichFrames(frames, rowsOfFrames))
      const part = { requests: releaseRequests(requestsOut), frames: releaseFrames(framesOut) }
      return linkToRows(part, rowsAt(rowsOfFrames, framesOut.released))
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

/** By row, 1 for a request whose frames are all here and that no later request comes before. */
function whichRequests(
  { count, request, frames }: RequestColumns,
  { times, carriers, later }: { times: Float64Array; carriers: Int32Array; later: Later },
): Uint8Array {
  const isReleased = new Uint8Array(count)
  const framesHere = new Uint32Array(count)
  for (let i = 0; i < carriers.length; i++) if (carriers[i]! >= 0) framesHere[carriers[i]!]! += 1
  // One whose frames are not all here holds up those that come after it.
  let heldUs = Number.POSITIVE_INFINITY
  for (let row = 0; row < count; row++)
    if (framesHere[row]! >= frames[row]! || request[row]! < later.carrier) isReleased[row] = 1
    else if (times[row]! < heldUs) heldUs = times[row]!
  for (let row = 0; row < count; row++)
    if (times[row]! > later.timeUs || times[row]! >= heldUs) isReleased[row] = 0
  return isReleased
}

/** By frame, 1 if its request is in the part, or no request carried it. */
function whichFrames({ count, request }: FrameColumns, partRows: Int32Array): Uint8Array {
  const isReleased = new Uint8Array(count)
  for (let i = 0; i < count; i++) if (partRows[i]! >= 0 || request[i] === noRequest) isReleased[i] = 1
  return isReleased
}

/** Rows in ascending order. */
interface Split {
  released: Uint32Array
  kept: Uint32Array
}

function split(isReleased: Uint8Array): Split {
  const count = isReleased.length
  const released = new Uint32Array(count)
  const kept = new Uint32Array(count)
  let length = 0
  for (let row = 0; row < count; row++) {
    if (isReleased[row] === 1) released[length++] = row
    else kept[row - length] = row
  }
  return { released: released.subarray(0, length), kept: kept.subarray(0, count - length) }
}

/** −1 at a place that is not known. */
function rowsAt(rows: Int32Array, places: Int32Array | Uint32Array): Int32Array {
  const some = new Int32Array(places.length)
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    some[i] = place < 0 ? -1 : rows[place]!
  }
  return some
}

/** Rows before it are in their place. */
function firstDifference(rows: Uint32Array): number {
  let row = 0
  while (row < rows.length && rows[row] === row) row++
  return row
}

function withRoomForFrames(columns: FrameColumns, rows: number): FrameColumns {
  if (rows <= columns.request.length) return columns
  const larger = allocateFrames(Math.max(rows, 2 * columns.count))
  copyFrames(columns, upTo(columns.count), larger, 0)
  return { ...larger, count: columns.count }
}

function upTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row)
}
