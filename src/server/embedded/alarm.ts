import { Worker } from 'node:worker_threads'

/** What the alarm's thread sleeps on. */
export interface AlarmMemory {
  /** [0]: when to wake, µs on the shared clock. */
  dueUs: Float64Array<SharedArrayBuffer>
  /** [0]: counts the changes of dueUs; the thread waits on it. */
  changes: Int32Array<SharedArrayBuffer>
}

export interface Alarm {
  /** Rings at `atMs` (nowUs() / 1000) unless an earlier time is set; it may also ring too early. */
  set(atMs: number): void
  close(): Promise<void>
}

/**
 * Wakes this thread to within some 50 µs, which `setTimeout` cannot (whole milliseconds), and without a
 * spinning core: a thread of its own sleeps in Atomics.wait and posts a message when it is time.
 */
export function createAlarm(ring: () => void): Alarm {
  const memory: AlarmMemory = {
    dueUs: new Float64Array(new SharedArrayBuffer(8)),
    changes: new Int32Array(new SharedArrayBuffer(4)),
  }
  memory.dueUs[0] = Infinity
  const thread = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: memory })
  let armedUs = Infinity
  thread.on('message', () => {
    armedUs = Infinity
    ring()
  })
  return {
    set(atMs) {
      const atUs = atMs * 1000
      // Ringing early costs less than waking the thread for each change: the owner sets it again then.
      if (atUs >= armedUs) return
      armedUs = atUs
      memory.dueUs[0] = atUs
      Atomics.add(memory.changes, 0, 1)
      Atomics.notify(memory.changes, 0)
    },
    async close() {
      await thread.terminate()
    },
  }
}
