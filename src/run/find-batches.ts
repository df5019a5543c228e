import type { Batches, BatchFormed } from './batches-formed.js'
import type { RequestColumns } from './record.js'
import { RequestSet } from './request-set.js'

export interface PlaceInBatch {
  batch: BatchFormed
  /** Among its members. */
  place: number
}

/** Finds the batch of each request, while batches and samples are read once. */
export interface BatchFinder {
  /** By row of a part of the samples; undefined for a request that is in no batch. */
  ofPart: (requests: RequestColumns) => (row: number) => PlaceInBatch | undefined
  /** No more parts are read. */
  close: () => void
}

/**
 * Batches and samples are both in order of completion, nearly. So the batches that are kept are those of a part and of the
 * requests that were open at the same time.
 */
export function openBatchFinder(batches: Batches): BatchFinder {
  const isInBatch = 'has' in batches ? batches.has : isMemberOf(batches)
  const inOrder = batches[Symbol.iterator]()
  const places = new Map<number, PlaceInBatch>()
  let ofLastPart: number[] = []
  function readUntilKnown(request: number): void {
    while (!places.has(request)) {
      const { done, value: batch } = inOrder.next()
      if (done === true) return
      for (const [place, member] of batch.members.entries()) places.set(member, { batch, place })
    }
  }
  return {
    ofPart(requests) {
      for (const request of ofLastPart) places.delete(request)
      ofLastPart = []
      for (let row = 0; row < requests.count; row++) {
        const request = requests.request[row]!
        if (!isInBatch(request)) continue
        readUntilKnown(request)
        ofLastPart.push(request)
      }
      return (row) => places.get(requests.request[row]!)
    },
    close: () => inOrder.return?.(),
  }
}

function isMemberOf(batches: readonly BatchFormed[]): (request: number) => boolean {
  const requests = new RequestSet()
  for (const { members } of batches) for (const request of members) requests.add(request)
  return (request) => requests.has(request)
}
