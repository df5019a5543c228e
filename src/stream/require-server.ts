import { connect } from 'node:net'

import { ExitCode } from '../system/exit-code.js'
import { UserError } from '../system/user-error.js'
import { endpointOrigin } from '../server/endpoint-url.js'
import type { Endpoint } from '../server/running-server.js'

const limitMs = 5000

/** Throws a UserError (environment) where nothing listens: before a camera is opened, not once for each frame. */
export async function requireServer(endpoint: Endpoint): Promise<void> {
  const failure = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: endpoint.host, port: endpoint.port, timeout: limitMs })
    const end = (failure: string | undefined) => {
      socket.destroy()
      resolve(failure)
    }
    socket.on('connect', () => {
      end(undefined)
    })
    socket.on('timeout', () => {
      end(`nothing within ${limitMs} ms`)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message)
    })
  })
  if (failure === undefined) return
  throw new UserError('the server cannot be reached', {
    where: endpointOrigin(endpoint),
    expected: 'a TorchServe that accepts connections',
    received: failure,
    remedy: 'start it, correct the address given with --server, or use --server embedded',
    exitCode: ExitCode.environment,
  })
}
