import { setTimeout as sleep } from 'node:timers/promises'
import { restartKey, knownWorkers, type Point } from '../scenario/plan/plan.js'
import { endpointFor, type RunningServer, type ServerBatching } from '../server/running-server.js'
import { countReady } from '../server/management/describe-model.js'
import { startServer } from '../server/start-server.js'
import { probePort } from '../system/ports.js'
import { UserError } from '../system/user-error.js'

/**
 * Runs one server at a time, unless more processes are asked for. It is started when a point first needs it and kept while
 * the next points need it.
 */
export interface RunServers {
  /** Returns the server of this point, with its batch settings applied and the endpoint of its protocol. */
  serverFor: (point: Point) => Promise<RunningServer>
  /**
   * Starts `count` more processes of this point's server, all at once. `serverFor` returns them one after the other, as
   * `moveOn` is called. If one does not start, the others are kept until `stop`.
   */
  startMore: (point: Point, count: number) => Promise<void>
  /** Leaves the current process to `stopLeft`, because it is measured no more. */
  moveOn: () => void
  /** Stops the processes that were left. */
  stopLeft: () => Promise<void>
  /**
   * Readies the server after a point was refused: its requests may have ended a worker or the whole server.
   * @returns false if the server is gone and cannot be started from here
   */
  recover: () => Promise<boolean>
  stop: () => Promise<void>
}

export function openServers(options: {
  signal: AbortSignal
  onProgress: (text: string) => void
  /** Path of the server's log. */
  logFile: string
}): RunServers {
  interface Held {
    server: RunningServer
    point: Point
    readyWorkers: number
  }
  /** The current process first. */
  let held: Held[] = []
  let left: Held[] = []

  async function stopAll(ended: readonly Held[]): Promise<void> {
    const stopped = await Promise.allSettled(ended.map(({ server }) => server.stop()))
    for (const one of stopped) if (one.status === 'rejected') throw one.reason
  }

  async function stop(): Promise<void> {
    const ended = [...held, ...left]
    held = left = []
    await stopAll(ended)
  }

  async function start(point: Point): Promise<void> {
    const server = await startServer(point.server, point.model, {
      batching: serverBatching(point),
      signal: options.signal,
      logFile: options.logFile,
      onProgress: ({ text, fraction }) =>
        options.onProgress(fraction === undefined ? text : `${text} (${Math.round(fraction * 100)} %)`),
    })
    held.push({ server, point, readyWorkers: (await readiness(server)).ready })
  }

  return {
    async serverFor(point) {
      if (held.some((one) => restartKey(one.point) !== restartKey(point))) await stop()
      if (held.length === 0) await start(point)
      const { server } = held[0]!
      await server.configure(serverBatching(point))
      return { ...server, endpoint: endpointFor(server, point.batching.protocol) }
    },
    async startMore(point, count) {
      const started = await Promise.allSettled(Array.from({ length: count }, () => start(point)))
      for (const one of started) if (one.status === 'rejected') throw one.reason
    },
    moveOn() {
      left.push(...held.splice(0, 1))
    },
    async stopLeft() {
      const ended = left
      left = []
      await stopAll(ended)
    },
    async recover() {
      const [current] = held
      if (current === undefined) return true
      const { server, point, readyWorkers } = current
      const isOurs = point.server.kind !== 'url'
      if (!isOurs && !(await acceptsConnections(server))) return false
      // A server of the user may never have had all its workers.
      const wanted = isOurs ? Infinity : readyWorkers
      if (!(await becomesReady(server, wanted, options.signal))) await stop()
      return true
    },
    stop,
  }
}

async function acceptsConnections({ endpoint: { host, port } }: RunningServer): Promise<boolean> {
  return 'address' in (await probePort(host, port, connectTimeoutMs))
}

const connectTimeoutMs = 5000
/** TorchServe restarts a worker after 0 to 5 s, then the worker loads the model (WorkerThread.java, BACK_OFF). */
const readyTimeoutMs = 30_000
const pollMs = 100

/** Waits until its workers are ready, at most `wanted` of them. */
async function becomesReady(server: RunningServer, wanted: number, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + readyTimeoutMs
  for (;;) {
    const { ready, of } = await readiness(server)
    if (ready >= Math.min(of, wanted)) return true
    if (Date.now() >= until || ready === -1) return false
    await sleep(pollMs, undefined, { signal })
  }
}

/** The workers that are ready, of those that should be; -1 if the server does not answer. */
async function readiness(server: RunningServer): Promise<{ ready: number; of: number }> {
  if (server.describe === undefined) return { ready: 0, of: 0 }
  try {
    const description = await server.describe()
    return { ready: countReady(description), of: description.minWorkers }
  } catch (error) {
    if (error instanceof UserError) return { ready: -1, of: 0 }
    throw error
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
