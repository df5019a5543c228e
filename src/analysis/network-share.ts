import { mean } from 'simple-statistics'
import { Outcome, Phase, type MeasurementSamples } from '../run/record.js'
import type { Batches } from '../run/batches-formed.js'
import { openBatchFinder, type PlaceInBatch } from '../run/find-batches.js'
import type { Fold } from './fold.js'
import type { ServerCounts } from './server-counts.js'

/**
 * Request latency in two parts, means in ms. Each is a duration on one clock: the latency on that of the agent, the time at
 * the server on that of the server.
 */
export interface NetworkShare {
  /**
   * `log`: the server logged the time at the server of these requests, from its queue to the end of its handler.
   * `counters`: the mean that the server counted over the requests of all sites, from the last byte to the answer.
   */
  basis: 'log' | 'counters'
  requestMeanMs: number
  serverMeanMs: number
  /** The rest: the network, and the server's own sending and receiving. */
  networkMeanMs: number
  /** The smallest and the largest of several repetitions. */
  range?: { low: number; high: number } | undefined
}

/** Sums of what can be told from the requests of one site. */
export interface NetworkTimes {
  /** Of the requests with a time at the server in its log. */
  logged: { requests: number; latencyUs: number; serverUs: number }
  /** Of all requests of the load that the server answered with success, as its counters count. */
  succeeded: { requests: number; latencyUs: number }
}

/** @param batches those that the server's log shows, with its own times */
export function sumNetworkTimes(batches: Batches | undefined): Fold<NetworkTimes> {
  const finder = batches && openBatchFinder(batches)
  const logged = { requests: 0, latencyUs: 0, serverUs: 0 }
  const succeeded = { requests: 0, latencyUs: 0 }
  return {
    add({ requests }: MeasurementSamples) {
      const batchOf = finder?.ofPart(requests)
      for (let row = 0; row < requests.count; row++) {
        const latencyUs = requests.answeredUs[row]! - requests.sentUs[row]!
        if (Number.isNaN(latencyUs)) continue
        if (requests.status[row] === 200) {
          succeeded.requests++
          succeeded.latencyUs += latencyUs
        }
        const atServerUs = timeAtServerUs(batchOf?.(row))
        if (atServerUs === undefined) continue
        if (requests.phase[row] !== Phase.measured || requests.outcome[row] !== Outcome.ok) continue
        logged.requests++
        logged.latencyUs += latencyUs
        logged.serverUs += atServerUs
      }
    },
    result() {
      finder?.close()
      return { logged, succeeded }
    },
  }
}

/**
 * The time of a request from the server's queue to the end of its handler. Both are read from the server's clock. An inferred
 * time of arrival is one of the agent's clock and is not used.
 */
function timeAtServerUs(found: PlaceInBatch | undefined): number | undefined {
  if (found === undefined) return undefined
  const { members, queue, handler } = found.batch
  if (queue === undefined || handler === undefined || queue.arrivedUs.length !== members.length)
    return undefined
  return handler.exitUs - queue.arrivedUs[found.place]!
}

/**
 * The network's share of the request latency of a site; undefined if the time at the server is not known, or if the server
 * counted requests of other clients.
 *
 * With counters, the mean of all sites stands for each of them. A site whose requests wait less than the mean can then have
 * a network below 0, which is kept: without it, the mean over repetitions would be too high.
 */
export function networkShare(
  { logged, succeeded }: NetworkTimes,
  counts: ServerCounts | undefined,
): NetworkShare | undefined {
  if (logged.requests > 0)
    return share('log', logged.latencyUs / logged.requests, logged.serverUs / logged.requests)
  if (counts?.inferenceMeanMs === undefined || counts.fromOthers > 0 || succeeded.requests === 0)
    return undefined
  return share('counters', succeeded.latencyUs / succeeded.requests, counts.inferenceMeanMs * 1000)
}

function share(basis: NetworkShare['basis'], requestUs: number, serverUs: number): NetworkShare {
  return {
    basis,
    requestMeanMs: requestUs / 1000,
    serverMeanMs: serverUs / 1000,
    networkMeanMs: (requestUs - serverUs) / 1000,
  }
}

/** The means over several measurements. Shares of different bases are not mixed: the first one decides. */
export function poolNetworkShares(shares: readonly (NetworkShare | undefined)[]): NetworkShare | undefined {
  const known = shares.filter((one) => one !== undefined)
  const basis = known[0]?.basis
  const alike = known.filter((one) => one.basis === basis)
  if (basis === undefined) return undefined
  const networks = alike.map(({ networkMeanMs }) => networkMeanMs)
  return {
    basis,
    requestMeanMs: mean(alike.map(({ requestMeanMs }) => requestMeanMs)),
    serverMeanMs: mean(alike.map(({ serverMeanMs }) => serverMeanMs)),
    networkMeanMs: mean(networks),
    ...(networks.length > 1 && { range: { low: Math.min(...networks), high: Math.max(...networks) } }),
  }
}

/** Whether the network is told apart from the server: known, and above 0. */
export function isToldApart(network: NetworkShare | undefined): network is NetworkShare {
  return network !== undefined && network.networkMeanMs > 0
}
