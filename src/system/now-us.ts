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

/**
 * The bench of the fleet sets clocks off by a known amount, so that it can compare it with what was measured:
 * `FRAMESTORM_TEST_CLOCK="offsetUs,driftPpm"` is added to the system's clock t as offset + t · drift. Without it nothing
 * is added.
 */
function injectedError(text = process.env['FRAMESTORM_TEST_CLOCK']): { offsetUs: number; rate: number } {
  if (text === undefined) return { offsetUs: 0, rate: 1 }
  const [offsetUs, driftPpm] = text.split(',').map(Number)
  if (!Number.isFinite(offsetUs) || !Number.isFinite(driftPpm))
    throw new Error(`FRAMESTORM_TEST_CLOCK is "offsetUs,driftPpm", not "${text}"`)
  return { offsetUs: offsetUs!, rate: 1 + driftPpm! / 1e6 }
}

const injected = injectedError()
const usPerMs = 1000 * injected.rate
const offsetUs = offsetToSharedClockUs() * injected.rate + injected.offsetUs

/** µs on the monotonic clock that all threads of this process share. Only differences are meaningful. */
export function nowUs(): number {
  return performance.now() * usPerMs + offsetUs
}
