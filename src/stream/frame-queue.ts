import type { QueueSettings } from '../scenario/plan/plan.js'

export interface FrameQueue<Frame> {
  /** Adds a frame. Returns the frame that the policy drops: the oldest, this one, or none. */
  push(frame: Frame): Frame | undefined
  /** Removes and returns at most `count` of the oldest frames. */
  take(count: number): Frame[]
  /** Removes and returns all but the oldest `count` frames. */
  cut(count: number): Frame[]
  length(): number
  /** True when the depth is reached. With the policy `queue` the reader then has to wait. */
  isFull(): boolean
}

/** The frames that wait to be sent, at most `depth` (with the policy `queue`, if the reader waits on `isFull`). */
export function frameQueue<Frame>({ policy, depth }: QueueSettings): FrameQueue<Frame> {
  const frames: Frame[] = []

  function push(frame: Frame): Frame | undefined {
    if (policy === 'queue' || frames.length < depth) {
      frames.push(frame)
      return undefined
    }
    if (policy === 'drop-newest') return frame
    frames.push(frame)
    return frames.shift()
  }

  return {
    push,
    take: (count) => frames.splice(0, count),
    cut: (count) => frames.splice(count),
    length: () => frames.length,
    isFull: () => frames.length >= depth,
  }
}
