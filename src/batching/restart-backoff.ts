/** Seconds between a worker's death and its next start (WorkerThread.java:48-50); the last one repeats. */
const backoffS = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55]

/** The pause before restart number `restarts` (from 0) since the last successful load, in ms. */
export function restartBackoffMs(restarts: number): number {
  return backoffS[Math.min(restarts, backoffS.length - 1)]! * 1000
}
