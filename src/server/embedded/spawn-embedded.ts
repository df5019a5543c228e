import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connectProcess } from './connect-process.js'
import type { ProcessConnection } from './connect-process.js'
import type { EmbeddedConfig } from './embedded-config.js'
import type { EmbeddedPorts } from './embedded-server.js'

export interface EmbeddedProcess extends ProcessConnection {
  pid: number
  ports: EmbeddedPorts
}

const processFile = fileURLToPath(new URL('./embedded-process.js', import.meta.url))

/** Starts the server's process, without a model; it listens when this resolves, and it ends with this process. */
export async function spawnEmbedded(config: EmbeddedConfig): Promise<EmbeddedProcess> {
  const child = fork(processFile, [], {
    execArgv: [],
    // A Ctrl-C in the terminal reaches this process only, which then ends things in its own order.
    detached: true,
    // JSON has no Infinity, which a fault without an end and a run without a timeout hold.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const connection = connectProcess(child)
  try {
    return { ...connection, pid: child.pid ?? 0, ports: await connection.start(config) }
  } catch (error) {
    await connection.stop()
    throw error
  }
}
