import { EmbeddedServer, type EmbeddedPorts } from './embedded-server.js'
import type { ServerBatching } from '../running-server.js'
import type { EmbeddedConfig } from './embedded-config.js'

/* The embedded server's own process: startEmbedded starts it and sends it messages; it ends with its parent. */

let server: EmbeddedServer | undefined

function send(message: FromProcess): void {
  process.send?.(message)
}

async function handle(message: ToProcess): Promise<void> {
  switch (message.kind) {
    case 'start':
      server = new EmbeddedServer(message.config)
      send({ kind: 'ready', ports: await server.open() })
      return
    case 'configure':
      if (server !== undefined) await server.configure(message.archive, message.batching)
      send({ kind: 'done', id: message.id })
      return
    case 'kill-worker':
      server?.models.find(message.model).killWorker(message.worker)
      send({ kind: 'done', id: message.id })
      return
    case 'stop':
      await end()
  }
}

async function end(): Promise<void> {
  await server?.close()
  process.exit(0)
}

process.on('message', (message: ToProcess) => {
  handle(message).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    send({ kind: 'failed', ...('id' in message && { id: message.id }), message: text })
  })
})
// The parent has ended.
process.on('disconnect', () => void end())
// Ctrl-C reaches the whole process group, but the parent decides when this server ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void end())

/** Messages to the embedded server's process. */
export type ToProcess =
  | { kind: 'start'; config: EmbeddedConfig }
  /** Registers the archive again with these settings. Done when its workers are ready. */
  | { kind: 'configure'; id: number; archive: string; batching: ServerBatching }
  | { kind: 'kill-worker'; id: number; model: string; worker: number }
  | { kind: 'stop' }

/** Its answers. */
export type FromProcess =
  | { kind: 'ready'; ports: EmbeddedPorts }
  | { kind: 'done'; id: number }
  /** Without an id if the server could not start. */
  | { kind: 'failed'; id?: number; message: string }
