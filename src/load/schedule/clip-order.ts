/**
 * Which frame of the clip a camera sends at a tick. Cameras begin at places spread evenly over the clip, so that
 * they differ, and go round it. With `passes` each keeps to the stretch up to the next camera's beginning, so
 * that all cameras together send each frame exactly that many times.
 */
export function clipFrame(camera: number, tick: number, clip: ClipOrder): number {
  const first = stretchStart(camera, clip)
  if (clip.passes === undefined) return (first + tick) % clip.frames
  return first + (tick % (stretchStart(camera + 1, clip) - first))
}

/** How many ticks a camera has: unlimited where the load is a window in time. */
export function ticksOfCamera(camera: number, clip: ClipOrder): number {
  if (clip.passes === undefined) return Number.POSITIVE_INFINITY
  return (stretchStart(camera + 1, clip) - stretchStart(camera, clip)) * clip.passes
}

export interface ClipOrder {
  /** Frames in the clip. */
  frames: number
  cameras: number
  passes?: number
}

function stretchStart(camera: number, clip: ClipOrder): number {
  return Math.floor((camera * clip.frames) / clip.cameras)
}
