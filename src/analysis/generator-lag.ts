import type { SloSettings } from '../scenario/plan/plan.js'
import { Phase, type RequestColumns } from '../run/record.js'
import { computeQuantile } from './percentile.js'

/**
 * The lag of the load generator itself, for each request of the measured phase: sent − the earliest possible time of
 * sending, ascending µs. That is the due time or, if `maxInFlight` requests of the same client were still open then,
 * the time of the answer that made room. The time to connect is added. Both waits are caused by the server.
 */
export function generatorLags(requests: RequestColumns, maxInFlight: number): Float64Array {
  const bySending = rowsBySending(requests)
  const openByClient = new Map<number, number[]>()
  const lags = new Float64Array(bySending.length)
  let length = 0
  for (const row of bySending) {
    const client = requests.client[row]!
    const dueUs = requests.dueUs[row]!
    const open = (openByClient.get(client) ?? []).filter((answeredUs) => answeredUs > dueUs)
    let readyUs = dueUs
    while (open.length >= maxInFlight) readyUs = open.shift()!
    const connectUs = requests.connectUs[row]!
    const couldSendUs = Number.isNaN(connectUs) ? readyUs : readyUs + connectUs
    if (requests.phase[row] === Phase.measured)
      lags[length++] = Math.max(0, requests.sentUs[row]! - couldSendUs)
    insertSorted(open, requests.answeredUs[row]!)
    openByClient.set(client, open)
  }
  // oxlint-disable-next-line unicorn/no-array-sort -- a private array; a copy of a million values takes 8 MB
  return lags.subarray(0, length).sort()
}

function rowsBySending({ count, sentUs }: RequestColumns): Uint32Array {
  const rows = new Uint32Array(count)
  let length = 0
  for (let row = 0; row < count; row++) if (!Number.isNaN(sentUs[row]!)) rows[length++] = row
  return rows.subarray(0, length).toSorted((a, b) => sentUs[a]! - sentUs[b]!)
}

/** Ascending; a request that was never answered (NaN) does not make room again. */
function insertSorted(values: number[], value: number): void {
  const at = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value
  let place = values.length
  while (place > 0 && values[place - 1]! > at) place--
  values.splice(place, 0, at)
}

/**
 * The lag that is compared with the limit, ms: the p99, but at most the second largest lag. Below a hundred requests
 * the p99 is the largest lag, and a single late request would decide. `bench`, the report and `capacity` all use this
 * figure. Undefined if nothing was sent.
 *
 * @param lagsUs ascending, as `generatorLags` returns them
 */
export function judgedLagMs(lagsUs: Float64Array): number | undefined {
  if (lagsUs.length === 0) return undefined
  return Math.min(computeQuantile(lagsUs, 0.99), lagsUs.at(-2) ?? lagsUs[0]!) / 1000
}

/** The limit of the lag: min(5 ms, 5 % of the SLO). Above it, the load differs from the configured one. */
export function lagLimitMs(slo: SloSettings | undefined): number {
  return Math.min(5, slo === undefined ? Number.POSITIVE_INFINITY : 0.05 * slo.latencyMs)
}
