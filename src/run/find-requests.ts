import type { RequestField } from './record.js'
import { partsOf, type Samples } from './sample-parts.js'

/** What a batch needs to know of a request. */
export interface RequestInBatch {
  request: number
  frames: number
  sentUs: number
  answeredUs: number
}

const fields: readonly RequestField[] = ['serverRequestId']
const absent = '\0'.repeat(16)

/**
 * The log of a server and the samples are both in order of completion, nearly. So a request is looked for at most this many
 * requests away from the last one that was found. A measurement with fewer requests is searched whole.
 */
const furthestAway = 1 << 16
/** After so many requests of the log that are not where they should be, all samples are searched for the last of them. */
const fewestMissed = 4096
const lastMissed = 16

export interface RequestFinder {
  /** By x-request-id, in the order of the log; undefined if it is another client's. */
  find: (id: string) => RequestInBatch | undefined
  close: () => void
}

/**
 * Finds the requests of a server's log while the samples are read once.
 *
 * @param first the ids with which the log begins; it may have lost its beginning, if it was rotated
 * @param furthest how far from the last request that was found another one is looked for
 */
export function openRequestFinder(
  samples: Samples,
  first: Iterable<string>,
  furthest = furthestAway,
): RequestFinder {
  const parts = partsOf(samples, 'answeredUs', fields)[Symbol.iterator]()
  const known = new Map<string, RequestInBatch & { place: number }>()
  let read = 0
  /** The last place at which a request was found. */
  let reached = findPlace(samples, new Set(keysOf(first)), 0) ?? 0
  const missed: string[] = []
  let missedInARow = 0
  let mostInARow = fewestMissed

  function readPart(): boolean {
    const { done, value } = parts.next()
    if (done === true) return false
    const { requests } = value
    const { count, request, frames, sentUs, answeredUs } = requests
    for (const [row, id] of idsOf(requests)) {
      const times = { sentUs: sentUs[row]!, answeredUs: answeredUs[row]! }
      known.set(id, { request: request[row]!, frames: frames[row]!, ...times, place: read + row })
    }
    read += count
    return true
  }

  function forgetOld(): void {
    for (const [id, { place }] of known) {
      if (place >= reached - furthest) return
      known.delete(id)
    }
  }

  function findNear(key: string): RequestInBatch | undefined {
    for (;;) {
      const found = known.get(key)
      if (found !== undefined) {
        reached = Math.max(reached, found.place)
        return found
      }
      if (read - reached >= furthest || !readPart()) return undefined
      forgetOld()
    }
  }

  /** Goes on where the last missed requests are, if the log lacks all that is between. */
  function skipGap(): boolean {
    missedInARow = 0
    // Other clients may send far more than this one.
    mostInARow *= 2
    const place = findPlace(samples, new Set(missed), reached)
    if (place !== undefined) reached = place
    return place !== undefined
  }

  return {
    find(id) {
      const key = keyOf(id)
      if (key === undefined) return undefined
      const found = findNear(key)
      if (found !== undefined) {
        missedInARow = 0
        return found
      }
      missedInARow++
      if (missed.push(key) > lastMissed) missed.shift()
      return missedInARow >= mostInARow && skipGap() ? findNear(key) : undefined
    },
    close: () => parts.return?.(),
  }
}

/** The place of the first of these requests, from a place on. */
function findPlace(samples: Samples, keys: ReadonlySet<string>, from: number): number | undefined {
  if (keys.size === 0) return undefined
  let place = 0
  for (const { requests } of partsOf(samples, 'answeredUs', fields)) {
    if (place + requests.count > from)
      for (const [row, id] of idsOf(requests)) if (place + row >= from && keys.has(id)) return place + row
    place += requests.count
  }
  return undefined
}

/** The ids of requests that have one, with their rows. */
function* idsOf({ serverRequestId, count }: RequestIds): Generator<[row: number, id: string]> {
  const bytes = Buffer.from(serverRequestId.buffer, serverRequestId.byteOffset, serverRequestId.byteLength)
  for (let row = 0; row < count; row++) {
    const id = bytes.toString('latin1', 16 * row, 16 * row + 16)
    if (id !== absent) yield [row, id]
  }
}

interface RequestIds {
  serverRequestId: Uint8Array<ArrayBuffer>
  count: number
}

/** The 16 bytes of an id as a string; undefined if it is none of ours. */
function keyOf(uuid: string): string | undefined {
  const hex = uuid.replaceAll('-', '')
  return hex.length === 32 ? Buffer.from(hex, 'hex').toString('latin1') : undefined
}

function keysOf(ids: Iterable<string>): string[] {
  return Array.from(ids, keyOf).filter((key) => key !== undefined)
}
