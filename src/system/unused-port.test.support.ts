import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port on which nobody listens, and which stays so: systems take ports for connections, and for servers that ask for
 * any port, from 32768 (Linux: net.ipv4.ip_local_port_range) or 49152 on.
 */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(17_000 * Math.random())
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
