import type { Worker } from 'node:worker_threads'
import { UserError } from '../../system/user-error.js'
import type { LoadThreadMessage } from '../load-thread.js'

export interface Crew {
  /** All load threads could send now. */
  ready: Promise<unknown>
  /** All of them are through; rejects with what stopped the load. */
  done: Promise<unknown>
}

/** Turns the threads' messages, and their unexpected ends, into two promises. */
export function watchThreads(loads: readonly Worker[], pacers: readonly Worker[]): Crew {
  const ready = loads.map((load) => reported(load, 'ready'))
  const done = loads.map((load) => reported(load, 'done'))
  const failed = new Promise<never>((_, reject) => {
    for (const worker of [...loads, ...pacers]) worker.on('error', reject)
    for (const load of loads) {
      let through = false
      load.on('message', (message: LoadThreadMessage) => {
        through ||= message.kind === 'done'
      })
      load.on('exit', () => {
        if (!through) reject(new Error('a load thread ended before its load'))
      })
    }
  })
  let stoppedBy: UserError | undefined
  for (const load of loads) {
    load.on('message', (message: LoadThreadMessage) => {
      if (message.kind === 'failed') stoppedBy ??= new UserError(message.message, message.parts)
    })
  }
  const crew = {
    ready: Promise.race([Promise.all(ready), failed]),
    done: Promise.race([Promise.all(done), failed]).then((result) => {
      if (stoppedBy !== undefined) throw stoppedBy
      return result
    }),
  }
  // The caller waits for one after the other; a failure of the second is not unhandled meanwhile.
  crew.done.catch(() => {})
  return crew
}

function reported(load: Worker, kind: LoadThreadMessage['kind']): Promise<void> {
  return new Promise((resolve) => {
    load.on('message', (message: LoadThreadMessage) => {
      if (message.kind === kind) resolve()
    })
  })
}
