import { Worker } from 'node:worker_threads'

/** Shared with the timer's thread. */
export interface WakeTimerMemory {
  /** [0]: when to wake, µs on the shared clock. */
  dueUs: Float64Array<SharedArrayBuffer>
  /** [0]: counts the changes of dueUs; the thread waits on it. */
  changes: Int32Array<SharedArrayBuffer>
}

export interface WakeTimer {
  /** Calls back at `atMs` (nowUs() / 1000), unless an earlier time is set. It may call back too early. */
  set(atMs: number): void
  close(): Promise<void>
}

/**
 * Wakes this thread with an error of about 50 µs, without using a core: a separate thread sleeps in Atomics.wait and
 * posts a message when the time has come. `setTimeout` supports whole milliseconds only.
 */
export function createWakeTimer(onDue: () => void): WakeTimer {
  const memory: WakeTimerMemory = {
    dueUs: new Float64Array(new SharedArrayBuffer(8)),
    changes: new Int32Array(new SharedArrayBuffer(4)),
  }
  memory.dueUs[0] = Infinity
  const thread = new Worker(new URL('./wake-timer-thread.js', import.meta.url), { workerData: memory })
  let setUs = Infinity
  thread.on('message', () => {
    setUs = Infinity
    onDue()
  })
  return {
    set(atMs) {
      const atUs = atMs * 1000
      // An early wake-up costs less than a notification of the thread for each change. The owner then sets the timer
      // again.
      if (atUs >= setUs) return
      setUs = atUs
      memory.dueUs[0] = atUs
      Atomics.add(memory.changes, 0, 1)
      Atomics.notify(memory.changes, 0)
    },
    async close() {
      await thread.terminate()
    },
  }
}
