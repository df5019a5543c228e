import { connect } from 'node:net'

/** The address that accepted a connection, or why none did. */
export type PortProbe = { address: string } | { failure: string; cause?: Error }

/** Opens one TCP connection and closes it: does anything listen there? A name may stand for several addresses. */
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
