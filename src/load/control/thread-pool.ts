import { type MessagePort, Worker } from 'node:worker_threads'
import { mergeFailures, type Failure } from '../../run/failures.js'
import { UserError, type UserErrorParts } from '../../system/user-error.js'

/**
 * Messages from a load thread: `ready` when it can send, `drained` from the first thread when no request of the window is
 * pending in any, `failed` at most once, `done` at its end.
 */
export type LoadThreadMessage =
  | { kind: 'ready' }
  | { kind: 'drained' }
  | { kind: 'failed'; message: string; parts: UserErrorParts }
  | { kind: 'done'; failures: Failure[] }

/** Messages to a load thread: the start, and new header fields when a token has changed. */
export type LoadThreadCommand = 'start' | { headers: Record<string, string> }

/** The load threads and their pacers, from their start to their end. */
export interface ThreadPool {
  /** Resolves when all load threads can send. */
  ready: Promise<unknown>
  /** Resolves when a load that is held has drained. */
  drained: Promise<unknown>
  /** Resolves with the failures when all load threads have ended; rejects with the error that stopped the load. */
  done: Promise<Failure[]>
  /** Starts the load threads. The pacers wait for a flag in the shared memory. */
  begin(): void
  /** Replaces the header fields of all further requests. */
  setHeaders(headers: Record<string, string>): void
  terminate(): Promise<void>
}

/** Starts a worker thread; `file` is relative to the folder of the load stage. */
export function startThread(file: string, workerData: object, transferList: MessagePort[]): Worker {
  return new Worker(new URL(`../${file}`, import.meta.url), { workerData, transferList })
}

/** Converts the threads' messages and unexpected exits into two promises. */
export function watchThreads(loads: readonly Worker[], pacers: readonly Worker[]): ThreadPool {
  const ready = loads.map((load) => messageFrom(load, 'ready'))
  const done = loads.map((load) => messageFrom(load, 'done'))
  const failed = new Promise<never>((_, reject) => {
    for (const worker of [...loads, ...pacers]) worker.on('error', reject)
    for (const load of loads) {
      let hasEnded = false
      load.on('message', (message: LoadThreadMessage) => {
        hasEnded ||= message.kind === 'done'
      })
      load.on('exit', () => {
        if (!hasEnded) reject(new Error('a load thread exited before the end of the load'))
      })
    }
  })
  let stoppedBy: UserError | undefined
  for (const load of loads) {
    load.on('message', (message: LoadThreadMessage) => {
      if (message.kind === 'failed') stoppedBy ??= new UserError(message.message, message.parts)
    })
  }
  const pool: ThreadPool = {
    ready: Promise.race([Promise.all(ready), failed]),
    drained: messageFrom(loads[0]!, 'drained'),
    done: Promise.race([Promise.all(done), failed]).then((ends) => {
      if (stoppedBy !== undefined) throw stoppedBy
      return mergeFailures(ends.flatMap(({ failures }) => failures))
    }),
    begin() {
      for (const load of loads) load.postMessage('start')
    },
    setHeaders(headers) {
      for (const load of loads) load.postMessage({ headers } satisfies LoadThreadCommand)
    },
    async terminate() {
      await Promise.all([...loads, ...pacers].map((worker) => worker.terminate()))
    },
  }
  // The caller awaits one after the other. Meanwhile, a rejection of the second must not count as unhandled.
  pool.done.catch(() => {})
  return pool
}

function messageFrom<Kind extends LoadThreadMessage['kind']>(
  load: Worker,
  kind: Kind,
): Promise<Extract<LoadThreadMessage, { kind: Kind }>> {
  const isOfKind = (message: LoadThreadMessage): message is Extract<LoadThreadMessage, { kind: Kind }> =>
    message.kind === kind
  return new Promise((resolve) => {
    load.on('message', (message: LoadThreadMessage) => {
      if (isOfKind(message)) resolve(message)
    })
  })
}
