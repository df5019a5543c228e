/*
 * One clock for every thread of the process. `performance.now()` is the cheapest high-resolution clock that Node has
 * (no BigInt, no array), but each thread counts from its own origin. libuv's hrtime, from which it is derived, is the
 * same monotonic clock in all threads, so one offset per thread converts between them.
 */

function offsetToSharedClockUs(): number {
  let smallestGapUs = Number.POSITIVE_INFINITY
  let offsetUs = 0
  // If the thread is descheduled between the two reads, the pause enters the offset. Keep the pair with the shortest
  // pause.
  for (let attempt = 0; attempt < 32; attempt++) {
    const beforeUs = performance.now() * 1000
    const [seconds, nanoseconds] = process.hrtime()
    const afterUs = performance.now() * 1000
    if (afterUs - beforeUs < smallestGapUs) {
      smallestGapUs = afterUs - beforeUs
      offsetUs = seconds * 1e6 + nanoseconds / 1000 - (beforeUs + afterUs) / 2
    }
  }
  return offsetUs
}

const offsetUs = offsetToSharedClockUs()

/** µs on the monotonic clock that all threads of this process share. Only differences are meaningful. */
export function nowUs(): number {
  return performance.now() * 1000 + offsetUs
}
