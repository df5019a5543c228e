import { restartKey, knownWorkers, type Point } from '../scenario/plan/plan.js'
import type { RunningServer, ServerBatching } from '../server/running-server.js'
import { startServer } from '../server/start-server.js'

/**
 * Runs at most one server at a time. It is started when a point first needs it and kept while the next points need it.
 */
export interface RunServers {
  /** Returns the server of this point, with its batch settings applied. */
  serverFor: (point: Point) => Promise<RunningServer>
  stop: () => Promise<void>
}

export function openServers(options: {
  signal: AbortSignal
  onProgress: (text: string) => void
  /** Path of the server's log. */
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

/** The settings that a point requires of TorchServe; a server given by its address keeps its workers. */
export function serverBatching({ batching, server }: Point): ServerBatching {
  return {
    serverBatchSize: batching.serverBatchSize,
    ...(batching.maxBatchDelayMs !== undefined && { maxBatchDelayMs: batching.maxBatchDelayMs }),
    workers: knownWorkers({ server }),
  }
}
