import { Worker } from 'node:worker_threads'

/** Shared with the timer's thread. */
export interface WakeTimerMemory {
  /** [0]: when to wake, µs on the shared clock. */
  dueUs: Float64Array<SharedArrayBuffer>
  /** [0]: counts the changes of dueUs; the thread waits on it. */
  changes: Int32Array<SharedArrayBuffer>
}

export interface WakeTimer {
  /** Calls back at `atMs` (nowUs() / 1000) unless an earlier time is set; it may also call too early. */
  set(atMs: number): void
  close(): Promise<void>
}

/**
 * Wakes this thread to within some 50 µs, without spinning on a core: a thread of its own sleeps in Atomics.wait and
 * posts a message when the time has come. `setTimeout` knows whole milliseconds only.
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
      // Waking too early costs less than telling the thread of each change: the owner then sets the timer again.
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
