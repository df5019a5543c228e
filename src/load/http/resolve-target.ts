import { reachEndpoint } from '../../server/endpoint.js'
import type { Endpoint } from '../../server/endpoint.js'
import type { ConnectionTarget } from './connection.js'

/** A local server accepts within microseconds, a far one within a second. */
const maxWaitMs = 10_000

/**
 * Connects once before the load to find which of a name's addresses answers: the load then connects to that one,
 * and no name look-up, which blocks a thread of Node's small pool, can delay a request.
 */
export async function resolveTarget(endpoint: Endpoint, deadlineMs: number): Promise<ConnectionTarget> {
  const { protocol, host, port } = endpoint
  const address = await reachEndpoint(endpoint, Math.min(deadlineMs, maxWaitMs))
  return { protocol, address, serverName: host, port }
}
