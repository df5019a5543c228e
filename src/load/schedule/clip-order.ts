import type { RequestNumbers } from '../load-slice.js'

/**
 * The index of the clip frame that a camera sends at a tick. Cameras start at different positions, spread evenly over
 * the clip, and loop over it. With `passes`, each camera loops over the frames before the start of the next camera, so
 * that all cameras together send each frame exactly that many times.
 */
export function clipFrame(camera: number, tick: number, clip: ClipOrder): number {
  const first = stretchStart(camera, clip)
  if (clip.passes === undefined) return (first + tick) % clip.frames
  return first + (tick % (stretchStart(camera + 1, clip) - first))
}

/** The number of ticks of a camera; Infinity without `passes`. */
export function ticksOfCamera(camera: number, clip: ClipOrder): number {
  if (clip.passes === undefined) return Number.POSITIVE_INFINITY
  return (stretchStart(camera + 1, clip) - stretchStart(camera, clip)) * clip.passes
}

export interface ClipOrder {
  /** Number of frames in the clip. */
  frames: number
  cameras: number
  passes?: number
}

function stretchStart(camera: number, clip: ClipOrder): number {
  return Math.floor((camera * clip.frames) / clip.cameras)
}

/**
 * Assigns the frames of the clip to the requests of a closed load: request r carries frames r·K … r·K + K − 1, looping
 * over the clip. A thread takes every `step`th request from its `first` on, so that numbers are unique within the
 * measurement and the frames do not depend on the number of threads.
 */
export interface ClosedFrames {
  /**
   * Replaces the content of `clipFrames` (which is empty after the last pass) and returns the number of the request.
   */
  next(clipFrames: number[]): number
  /** True after the last pass; never without `passes`. */
  exhausted(): boolean
}

export function closedFrames(
  clip: { frames: number; passes?: number },
  framesPerRequest: number,
  { first: firstRequest, step }: RequestNumbers,
): ClosedFrames {
  const total = clip.passes === undefined ? Number.POSITIVE_INFINITY : clip.frames * clip.passes
  let request = firstRequest
  return {
    next(clipFrames) {
      const first = request * framesPerRequest
      const count = Math.max(0, Math.min(framesPerRequest, total - first))
      for (let place = 0; place < count; place++) clipFrames[place] = (first + place) % clip.frames
      if (clipFrames.length !== count) clipFrames.length = count
      const number = request
      if (first < total) request += step
      return number
    },
    exhausted: () => request * framesPerRequest >= total,
  }
}
