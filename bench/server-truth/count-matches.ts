import type { RequestColumns } from '../../src/run/record.js'
import type { ServerBatch } from '../../src/run/read-server-batches.js'

export interface Matches {
  /** Requests with an answer of status 200: those that went through a batch for certain. */
  answered: number
  batches: number
  inOne: number
  inSeveral: number
  inNone: number
  /** Requests in batches that no sample knows by their id. */
  orphans: number
  /** Requests that were sent and never answered: the server may have served them all the same. */
  givenUp: number
}

/** Counts from the raw ids alone, without the join that it is to check. */
export function countMatches(requests: RequestColumns, batches: readonly ServerBatch[]): Matches {
  const timesInLog = new Map<string, number>()
  for (const id of batches.flatMap(({ requestIds }) => requestIds)) {
    const key = id.replaceAll('-', '').toLowerCase()
    timesInLog.set(key, (timesInLog.get(key) ?? 0) + 1)
  }
  const known = new Set<string>()
  const matches = {
    answered: 0,
    batches: batches.length,
    inOne: 0,
    inSeveral: 0,
    inNone: 0,
    orphans: 0,
    givenUp: 0,
  }
  for (let row = 0; row < requests.count; row++) {
    const id = Buffer.from(requests.serverRequestId.subarray(row * 16, row * 16 + 16)).toString('hex')
    known.add(id)
    if (requests.status[row] === 0 && !Number.isNaN(requests.sentUs[row]!)) matches.givenUp++
    if (requests.status[row] !== 200) continue
    matches.answered++
    const times = timesInLog.get(id) ?? 0
    if (times === 0) matches.inNone++
    else if (times === 1) matches.inOne++
    else matches.inSeveral++
  }
  for (const [id, times] of timesInLog) if (!known.has(id)) matches.orphans += times
  return matches
}

/** A request that the client gave up on may have been served all the same, under an id that it never saw. */
export function holds({ answered, inOne, inSeveral, inNone, orphans, givenUp }: Matches): boolean {
  return inOne === answered && inSeveral === 0 && inNone === 0 && orphans <= givenUp
}
