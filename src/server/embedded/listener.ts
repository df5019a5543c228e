import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { HttpConnection } from './http-connection.js'
import type { HttpHandler } from './http-connection.js'

const loopback = '127.0.0.1'

/** One of the server's three addresses: loopback only. */
export class Listener {
  port: number
  private readonly handler: HttpHandler
  private server: Server | undefined
  private readonly connections = new Map<Socket, HttpConnection>()

  constructor(port: number, handler: HttpHandler) {
    this.port = port
    this.handler = handler
  }

  /** Rejects with Node's error where the port is taken. */
  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.connections.set(socket, new HttpConnection(socket, this.handler))
      socket.once('close', () => this.connections.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: loopback, port: this.port, backlog: 511 }, resolve)
    })
    this.server = server
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  /** Stops listening and breaks every connection off; `open` takes the same port again. */
  async close(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    for (const socket of this.connections.keys()) socket.destroy()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  }
}
