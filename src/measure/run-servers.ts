import { restartKey, knownWorkers, type Point } from '../scenario/plan/plan.js'
import type { RunningServer, ServerBatching } from '../server/running-server.js'
import { startServer } from '../server/start-server.js'

/** At most one server at a time, started when a point first needs it and kept while the next points do. */
export interface RunServers {
  /** The server that this point asks for, with its batch settings in force. */
  serverFor: (point: Point) => Promise<RunningServer>
  stop: () => Promise<void>
}

export function openServers(options: {
  signal: AbortSignal
  onProgress: (text: string) => void
  /** Where the server's own log is kept. */
  logFile: string
}): RunServers {
  let held: { server: RunningServer; point: Point } | undefined

  async function stop(): Promise<void> {
    const server = held?.server
    held = undefined
    await server?.stop()
  }

  return {
    async serverFor(point) {
      const batching = serverBatching(point)
      if (held !== undefined && restartKey(held.point) !== restartKey(point)) await stop()
      if (held === undefined) {
        const server = await startServer(point.server, point.model, {
          batching,
          signal: options.signal,
          logFile: options.logFile,
          onProgress: ({ text, fraction }) =>
            options.onProgress(fraction === undefined ? text : `${text} (${Math.round(fraction * 100)} %)`),
        })
        held = { server, point }
      }
      await held.server.configure(batching)
      return held.server
    },
    stop,
  }
}

/** The settings that a point requires of TorchServe; a server that only has an address keeps its workers. */
export function serverBatching({ batching, server }: Point): ServerBatching {
  return {
    serverBatchSize: batching.serverBatchSize,
    ...(batching.maxBatchDelayMs !== undefined && { maxBatchDelayMs: batching.maxBatchDelayMs }),
    workers: knownWorkers({ server }),
  }
}
