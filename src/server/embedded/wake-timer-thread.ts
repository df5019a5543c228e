import { parentPort, workerData } from 'node:worker_threads'
import { nowUs } from '../../system/now-us.js'
import type { WakeTimerMemory } from './wake-timer.js'

const { dueUs, changes }: WakeTimerMemory = workerData

for (;;) {
  const seen = Atomics.load(changes, 0)
  const waitMs = (dueUs[0]! - nowUs()) / 1000
  // A change between the load and the wait makes the wait return at once.
  if (waitMs > 0 && Atomics.wait(changes, 0, seen, waitMs) !== 'timed-out') continue
  if (Atomics.load(changes, 0) !== seen) continue
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort!.postMessage(0)
  Atomics.wait(changes, 0, seen)
}
