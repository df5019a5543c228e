import { connect, createServer, type AddressInfo } from 'node:net'

/** The address that accepted a connection, or the reason why none did. */
export type PortProbe = { address: string } | { failure: string; cause?: Error }

/**
 * Opens and closes one TCP connection, to check whether a server listens there. A name may resolve to several
 * addresses.
 */
export function probePort(host: string, port: number, timeoutMs: number): Promise<PortProbe> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (probe: PortProbe) => {
      socket.destroy()
      resolve(probe)
    }
    socket.once('connect', () => end({ address: socket.remoteAddress ?? host }))
    socket.once('timeout', () => end({ failure: `no answer within ${timeoutMs} ms` }))
    socket.on('error', (cause) => end({ failure: cause.message, cause }))
  })
}

function portNumber(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string')
    throw new Error('a listening TCP server must have a port')
  return address.port
}

/**
 * Different ports on the loopback address that were free a moment ago. Another process may take one before it is used,
 * so the caller must be able to retry.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at the same time, so that no port is returned twice.
  const servers = Array.from({ length: count }, () => createServer())
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject)
            server.listen(0, '127.0.0.1', () => resolve(portNumber(server.address())))
          }),
      ),
    )
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
