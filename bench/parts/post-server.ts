import { createServer, type Socket } from 'node:net'

/** Bytes of a request's body, as far as a test of the generator must know them. */
export type OnPost = (socket: Socket, body: Buffer) => void

/**
 * The least that understands our POSTs: head, content-length, body. A server of its own, so that what it logs is
 * not filtered through an HTTP library; on 127.0.0.1, its port is sent to the parent process.
 */
export function servePosts(onPost: OnPost): void {
  const server = createServer({ noDelay: true }, (socket) => {
    let pending = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const end = pending.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/content-length: (\d+)/i.exec(pending.toString('latin1', 0, end))?.[1])
      if (pending.length < end + 4 + length) return
      const body = pending.subarray(end + 4, end + 4 + length)
      pending = pending.subarray(end + 4 + length)
      onPost(socket, body)
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
  process.on('disconnect', () => process.exit())
}
