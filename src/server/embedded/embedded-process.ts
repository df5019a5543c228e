import { configureModel } from './configure-model.js'
import { EmbeddedServer } from './embedded-server.js'
import type { FromProcess, ToProcess } from './process-messages.js'

/* The embedded server's own process: started by startEmbedded, told what to do over IPC, gone with its parent. */

let server: EmbeddedServer | undefined

function say(message: FromProcess): void {
  process.send?.(message)
}

async function obey(message: ToProcess): Promise<void> {
  switch (message.kind) {
    case 'start':
      server = new EmbeddedServer(message.config)
      say({ kind: 'ready', ports: await server.open() })
      return
    case 'configure':
      if (server !== undefined) await configureModel(server, message.archive, message.batching)
      say({ kind: 'done', id: message.id })
      return
    case 'kill-worker':
      server?.models.find(message.model).killWorker(message.worker)
      say({ kind: 'done', id: message.id })
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
  obey(message).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    say({ kind: 'failed', ...('id' in message && { id: message.id }), message: text })
  })
})
// The parent is gone, however it went.
process.on('disconnect', () => void end())
// Ctrl-C reaches the whole process group; the parent decides when this server ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void end())
