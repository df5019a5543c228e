export interface FpsReading {
  /** Frames answered since the start. */
  frameNumber: number
  /** Frames answered in the window ÷ its wall time. */
  fps: number
}

/**
 * Measures each window of at least `every` answered frames, from its first moment to the answer that completes it.
 * Times are ms on any monotonic clock.
 */
export function fpsMeter(every: number, startMs: number) {
  let windowStartMs = startMs
  let frameNumber = 0
  let inWindow = 0

  /** A reading where these frames complete a window. */
  return function answered(frames: number, nowMs: number): FpsReading | undefined {
    frameNumber += frames
    inWindow += frames
    if (inWindow < every) return undefined
    const fps = (inWindow * 1000) / (nowMs - windowStartMs)
    inWindow = 0
    windowStartMs = nowMs
    return { frameNumber, fps }
  }
}
