import { createServer, type AddressInfo } from 'node:net'

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('a listening TCP server has a port')
  return address.port
}

/**
 * Different ports on the loopback address that were free a moment ago. Another process may take one before it is
 * used: the caller must be ready to ask again.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at once, or the same one could be given twice.
  const servers = Array.from({ length: count }, () => createServer())
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject)
            server.listen(0, '127.0.0.1', () => resolve(portOf(server.address())))
          }),
      ),
    )
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
