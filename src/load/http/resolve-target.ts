import { connect } from 'node:net'
import { ExitCode, UserError } from '../../system/user-error.js'
import { endpointOrigin } from '../../server/endpoint-url.js'
import type { Endpoint } from '../../server/running-server.js'
import type { ConnectionTarget } from './connection.js'

/** A local server accepts within microseconds, a far one within a second. */
const maxWaitMs = 10_000

/**
 * Connects once before the load to find which of a name's addresses answers: the load then connects to that one,
 * and no name look-up, which blocks a thread of Node's small pool, can delay a request.
 */
export async function resolveTarget(endpoint: Endpoint, deadlineMs: number): Promise<ConnectionTarget> {
  const serverName = endpoint.host.replace(/^\[(.*)\]$/, '$1')
  const address = await new Promise<string>((resolve, reject) => {
    const socket = connect({
      host: serverName,
      port: endpoint.port,
      timeout: Math.min(deadlineMs, maxWaitMs),
    })
    const fail = (received: string, cause?: unknown) => {
      socket.destroy()
      reject(unreachable(endpoint, received, cause))
    }
    socket.once('connect', () => {
      resolve(socket.remoteAddress ?? serverName)
      socket.destroy()
    })
    socket.once('timeout', () => fail('no answer'))
    socket.on('error', (error) => fail(error.message, error))
  })
  return { protocol: endpoint.protocol, address, serverName, port: endpoint.port }
}

function unreachable(endpoint: Endpoint, received: string, cause: unknown): UserError {
  return new UserError('the server does not accept connections', {
    where: endpointOrigin(endpoint),
    received,
    remedy: 'Check that the server runs and that the address is right.',
    exitCode: ExitCode.environment,
    cause,
  })
}
