import type { QueueSettings } from '../scenario/schema/settings.js'

export interface FrameQueue<Frame> {
  /** Returns the frame that had to go to keep the depth: the oldest, this one, or none. */
  push(frame: Frame): Frame | undefined
  /** The oldest frames, at most so many. */
  take(count: number): Frame[]
  /** All but the oldest `count` frames, removed. */
  cut(count: number): Frame[]
  length(): number
  /** The depth is reached: with the policy `queue` the reader now has to wait. */
  isFull(): boolean
}

/** Frames that wait to be sent, never more than `depth` (with `queue`: as long as the reader heeds `isFull`). */
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
