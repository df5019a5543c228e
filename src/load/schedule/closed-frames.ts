/**
 * Deals the frames of the clip to the requests of a closed load: request r carries frames r·K … r·K + K − 1, going
 * round the clip. Thread t of n takes the requests t, t + n, t + 2n …, so that the numbers are the measurement's
 * and the frames the same whatever the number of threads.
 */
export interface ClosedFrames {
  /** Replaces the content of `clipFrames` (nothing when all passes are done); returns the request's number. */
  next(clipFrames: number[]): number
  /** True when nothing is left; never without `passes`. */
  exhausted(): boolean
}

export function dealClosedFrames(
  clip: { frames: number; passes?: number },
  framesPerRequest: number,
  thread: number,
  threads: number,
): ClosedFrames {
  const total = clip.passes === undefined ? Number.POSITIVE_INFINITY : clip.frames * clip.passes
  let request = thread
  return {
    next(clipFrames) {
      const first = request * framesPerRequest
      const count = Math.max(0, Math.min(framesPerRequest, total - first))
      for (let place = 0; place < count; place++) clipFrames[place] = (first + place) % clip.frames
      if (clipFrames.length !== count) clipFrames.length = count
      const number = request
      if (first < total) request += threads
      return number
    },
    exhausted: () => request * framesPerRequest >= total,
  }
}
